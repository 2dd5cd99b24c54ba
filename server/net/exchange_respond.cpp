#include <array>
#include <charconv>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/exchange.hpp"

namespace waystation::server {

using std::chrono::steady_clock;

namespace {

std::string chunk_head(std::size_t size) {
  std::array<char, 20> text{};
  const auto end = std::to_chars(text.begin(), text.end(), size, 16).ptr;
  return std::string(text.begin(), end) + "\r\n";
}

}  // namespace

Task<Exchange::After> Exchange::respond(Response response, bool keep) {
  const bool empty = head_.method == Method::head || !allows_body(response.status);
  HeadOptions options;
  options.old_client = parser_.old_client();
  if (!allows_body(response.status))
    options.framing = Framing::none;
  else if (response.source && !response.length)
    options.framing = options.old_client ? Framing::close : Framing::chunked;
  if (!response.source && head_.method != Method::head) response.length.reset();
  options.keep_alive = keep && !connection_.draining() && options.framing != Framing::close;
  options.secure = connection_.stream().secure();
  options.request_id = head_.request_id;
  options.date = connection_.lane().date();
  std::string head = response_head(response, options);

  std::size_t sent = 0;
  bool written = false;
  if (response.source && !empty) {
    written = co_await send_source(response, options.framing, std::move(head), sent);
  } else {
    const std::array<std::string_view, 2> parts{head,
                                                empty ? std::string_view() : std::string_view(response.body)};
    allow_writing(parts[1].size());
    const error_code error = co_await connection_.stream().write(parts);
    written = !error;
    if (written) sent = parts[1].size();
  }
  const std::chrono::duration<double, std::milli> took = steady_clock::now() - started_;
  connection_.service().doors.log(head_, response.status, sent, took.count());
  if (!written) co_return After::drop;
  co_return options.keep_alive ? After::keep : After::end;
}

Task<bool> Exchange::send_source(Response& response, Framing framing, std::string head, std::size_t& sent) {
  const bool chunked = framing == Framing::chunked;
  const std::size_t length = framing == Framing::length ? response.length.value_or(0) : SIZE_MAX;
  // Shared, so that it outlives the connection should that end while the source is at work.
  const auto source = std::make_shared<const BodySource>(std::move(response.source));
  std::string piece = std::move(response.body);
  for (;;) {
    if (piece.size() > length - sent) co_return warn_of_length();
    const auto next = ask(source);  // fetched while this one is sent
    if (!piece.empty() || !head.empty()) {
      const std::string size = chunked && !piece.empty() ? chunk_head(piece.size()) : std::string();
      const std::string_view end = size.empty() ? "" : "\r\n";
      const std::array<std::string_view, 4> parts{head, size, piece, end};
      allow_writing(piece.size());
      const error_code error = co_await connection_.stream().write(parts);
      if (error) co_return false;
      sent += piece.size();
      head.clear();
    }
    connection_.within(connection_.service().options.handler_deadline);
    while (!next->ready() && !connection_.expired() && !connection_.is_cut())
      co_await connection_.wait(*next);
    if (!next->ready()) co_return false;
    Piece pulled = next->take();
    if (pulled.failed) co_return false;  // without the rest the client knows that it is not whole
    if (!pulled.bytes) break;
    piece = *std::move(pulled.bytes);
  }
  if (framing == Framing::length && sent != length) co_return warn_of_length();
  if (!chunked) co_return true;
  constexpr std::array<std::string_view, 1> last{"0\r\n\r\n"};
  allow_writing(0);
  const error_code error = co_await connection_.stream().write(last);
  co_return !error;
}

std::shared_ptr<Slot<Exchange::Piece>> Exchange::ask(std::shared_ptr<const BodySource> source) {
  Service& service = connection_.service();
  auto slot = connection_.slot<Piece>();
  asio::post(service.blocking, [slot, source = std::move(source), &service] {
    try {
      slot->set({.bytes = (*source)()});
    } catch (const std::exception& error) {
      service.warn(std::string("a body source failed: ") + error.what());
      slot->set({.bytes = std::nullopt, .failed = true});
    }
  });
  return slot;
}

bool Exchange::warn_of_length() const {
  connection_.service().warn("a body source gave other than the length it said");
  return false;
}

void Exchange::allow_writing(std::size_t bytes) {
  connection_.within(connection_.service().options.write_deadline + transfer_time(bytes));
}

}  // namespace waystation::server
