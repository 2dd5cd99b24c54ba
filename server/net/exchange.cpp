#include "server/net/exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <optional>
#include <span>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/sessions.hpp"

namespace waystation::server {

using std::chrono::steady_clock;

namespace {

constexpr std::size_t head_piece = 4UL * 1024;
constexpr std::size_t body_piece = 16UL * 1024;
constexpr std::size_t drained_body = 64UL * 1024;
constexpr auto per_kibibyte = std::chrono::seconds(1);  // the slowest rate borne

std::chrono::milliseconds transfer_time(std::size_t bytes) {
  return std::chrono::milliseconds(per_kibibyte) * (bytes / 1024);
}

/// What a body source gave, told from its thread.
struct Piece {
  std::optional<std::string> bytes;
  bool failed = false;
};

Piece pull(const BodySource& source, const Service& service) {
  try {
    return {source(), false};
  } catch (const std::exception& error) {
    service.warn(std::string("a body source failed: ") + error.what());
    return {std::nullopt, true};
  }
}

std::string chunk_head(std::size_t size) {
  std::array<char, 20> text{};
  const auto end = std::to_chars(text.begin(), text.end(), size, 16).ptr;
  return std::string(text.begin(), end) + "\r\n";
}

bool expects_continue(const RequestHead& head) {
  constexpr std::string_view wanted = "100-continue";
  return std::ranges::equal(head.field("expect"), wanted,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

}  // namespace

Exchange::~Exchange() {
  connection_.service().body_bytes -= accounted_;
}

Task<Exchange::After> Exchange::run() {
  connection_.within(connection_.service().options.head_deadline);
  received_ = connection_.input().size();
  const Read got = co_await read();
  head_ = std::move(parser_.head());
  head_.remote = connection_.remote();
  head_.request_id = new_request_id();
  started_ = steady_clock::now();
  const Doors& doors = connection_.service().doors;
  After after = After::drop;
  if (got != Read::head) {
    after = co_await refuse(got);
  } else if (!parser_.has_body() && doors.is_feed(head_) && !parser_.old_client() && is_websocket(head_)) {
    after = co_await serve_feed(true);
  } else if (!parser_.has_body() && doors.is_feed(head_) && is_event_stream(head_)) {
    after = co_await serve_feed(false);
  } else {
    after = co_await serve_request();
  }
  co_return after;
}

Task<Exchange::Read> Exchange::read() {
  std::string& input = connection_.input();
  for (;;) {
    const auto progress = parser_.feed(input);
    if (!account_body()) co_return Read::overloaded;
    switch (progress) {
      case RequestParser::Progress::head:
        co_return Read::head;
      case RequestParser::Progress::complete:
        co_return Read::complete;
      case RequestParser::Progress::malformed:
        co_return Read::malformed;
      case RequestParser::Progress::too_large:
        co_return Read::too_large;
      case RequestParser::Progress::too_long:
        co_return Read::too_long;
      case RequestParser::Progress::more:
        break;
    }
    if (reading_body_) extend_body_deadline();
    const std::size_t had = input.size();
    input.resize(had + (reading_body_ ? body_piece : head_piece));
    const Transfer got = co_await connection_.stream().read_some(std::span(input).subspan(had));
    input.resize(had + got.bytes);
    received_ += got.bytes;
    if (got.error) co_return connection_.expired() ? Read::expired : Read::gone;
  }
}

Task<Exchange::After> Exchange::refuse(Read why) {
  Doors& doors = connection_.service().doors;
  After after = After::quit;
  if (why == Read::malformed)
    after = co_await respond(doors.problem(400, parser_.fault(), head_), false);
  else if (why == Read::too_large)
    after = co_await respond(
        doors.problem(431, "The head of a request may have 16 KiB and 128 fields.", head_), false);
  else if (why == Read::too_long)
    after = co_await respond(doors.problem(413, "The body is longer than is taken here.", head_), false);
  else if (why == Read::overloaded)
    after = co_await respond(doors.problem(503, "Too many bodies are under way; try again.", head_), false);
  else if (why == Read::expired && received_ > 0)
    after = co_await respond(doors.problem(408, "The request took too long to come.", head_), false);
  co_return after;
}

Task<Exchange::After> Exchange::serve_request() {
  Doors& doors = connection_.service().doors;
  Doors::Admission admission = doors.admit(head_);
  if (!admission.refusal && parser_.body_length().value_or(0) > admission.body_limit)
    admission.refusal = doors.problem(413, "The body is longer than is taken here.", head_);
  After after = After::drop;
  if (admission.refusal) {
    after = co_await answer_early(std::move(*admission.refusal));
    co_return after;
  }
  if (parser_.has_body()) {
    parser_.limit_body(admission.body_limit);
    const bool invited = co_await invite_body();
    if (!invited) co_return After::drop;
    started_ = steady_clock::now();
    reading_body_ = true;
    received_ = 0;
    const Read got = co_await read();
    received_ = std::max<std::size_t>(received_, 1);  // the head came: a time-out is told
    if (got != Read::complete) {
      after = co_await refuse(got);
      co_return after;
    }
  }
  after = co_await handle();
  co_return after;
}

Task<bool> Exchange::invite_body() {
  if (!expects_continue(head_) || parser_.old_client() || !connection_.input().empty()) co_return true;
  allow_writing(0);
  constexpr std::array<std::string_view, 1> parts{"HTTP/1.1 100 Continue\r\n\r\n"};
  const error_code error = co_await connection_.stream().write(parts);
  co_return !error;
}

Task<Exchange::After> Exchange::answer_early(Response response) {
  const bool body = parser_.has_body();
  const bool cheap =
      !body || (parser_.body_length().value_or(drained_body + 1) <= drained_body && !expects_continue(head_));
  After after = co_await respond(std::move(response), parser_.keep_alive() && cheap);
  if (after == After::keep && body) {
    parser_.limit_body(drained_body);
    parser_.discard_body();
    started_ = steady_clock::now();
    reading_body_ = true;
    const Read got = co_await read();
    if (got != Read::complete) after = After::quit;
  }
  co_return after;
}

Task<Exchange::After> Exchange::handle() {
  Service& service = connection_.service();
  const auto slot = connection_.slot<Response>();
  connection_.within(service.options.handler_deadline);
  service.doors.handle({head_, std::move(parser_.body())},
                       [slot](Response response) { slot->set(std::move(response)); });
  while (!slot->ready() && !connection_.expired() && !connection_.is_cut())
    co_await connection_.wait(*slot);
  if (connection_.is_cut()) co_return After::drop;
  After after = After::drop;
  if (slot->ready())
    after = co_await respond(slot->take(), parser_.keep_alive());
  else
    after = co_await respond(service.doors.problem(503, "No answer came in time.", head_), false);
  co_return after;
}

Task<Exchange::After> Exchange::serve_feed(bool websocket) {
  Service& service = connection_.service();
  const auto slot = connection_.slot<FeedOpening>();
  connection_.within(service.options.handler_deadline);
  service.doors.open_feed(head_, [slot](FeedOpening opening) { slot->set(std::move(opening)); });
  while (!slot->ready() && !connection_.expired() && !connection_.is_cut())
    co_await connection_.wait(*slot);
  if (connection_.is_cut()) co_return After::drop;
  After after = After::drop;
  if (!slot->ready()) {
    after = co_await respond(service.doors.problem(503, "No answer came in time.", head_), false);
    co_return after;
  }
  FeedOpening opening = slot->take();
  if (!opening.feed) {
    after = co_await respond(std::move(opening.refusal), parser_.keep_alive());
    co_return after;
  }
  std::size_t sent = 0;
  std::exception_ptr failure;
  try {
    if (websocket)
      sent = co_await run_websocket(connection_, head_, *opening.feed);
    else
      sent = co_await run_event_stream(connection_, head_, parser_.old_client(), *opening.feed);
  } catch (...) {
    failure = std::current_exception();
  }
  opening.feed->cancel();
  if (failure) std::rethrow_exception(failure);
  const std::chrono::duration<double, std::milli> took = steady_clock::now() - started_;
  service.doors.log(head_, websocket ? 101 : 200, sent, took.count());
  co_return After::end;
}

Task<Exchange::After> Exchange::respond(Response response, bool keep) {
  const bool empty = head_.method == Method::head || !allows_body(response.status);
  HeadOptions options;
  options.old_client = parser_.old_client();
  if (!allows_body(response.status))
    options.framing = Framing::none;
  else if (response.source)
    options.framing = options.old_client ? Framing::close : Framing::chunked;
  options.keep_alive = keep && !connection_.draining() && options.framing != Framing::close;
  options.secure = connection_.stream().secure();
  options.request_id = head_.request_id;
  options.date = connection_.lane().date();
  std::string head = response_head(response, options);

  std::size_t sent = 0;
  bool written = false;
  if (response.source && !empty) {
    written = co_await send_chunks(response, options.framing, std::move(head), sent);
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

Task<bool> Exchange::send_chunks(Response& response, Framing framing, std::string head, std::size_t& sent) {
  Service& service = connection_.service();
  const bool chunked = framing == Framing::chunked;
  // Shared, so that it outlives the connection should that end while the source is at work.
  const auto source = std::make_shared<const BodySource>(std::move(response.source));
  std::optional<std::string> piece = std::move(response.body);
  for (;;) {
    if (!piece->empty() || !head.empty()) {
      const std::string size = chunked && !piece->empty() ? chunk_head(piece->size()) : std::string();
      const std::string_view end = size.empty() ? "" : "\r\n";
      const std::array<std::string_view, 4> parts{head, size, *piece, end};
      allow_writing(piece->size());
      const error_code error = co_await connection_.stream().write(parts);
      if (error) co_return false;
      sent += piece->size();
      head.clear();
    }
    const auto slot = connection_.slot<Piece>();
    connection_.within(service.options.handler_deadline);
    asio::post(service.sources, [slot, source, &service] { slot->set(pull(*source, service)); });
    while (!slot->ready() && !connection_.expired() && !connection_.is_cut())
      co_await connection_.wait(*slot);
    if (!slot->ready()) co_return false;
    Piece pulled = slot->take();
    if (pulled.failed) co_return false;  // without the last chunk the client knows that it is not whole
    piece = std::move(pulled.bytes);
    if (!piece) break;
  }
  if (!chunked) co_return true;
  constexpr std::array<std::string_view, 1> last{"0\r\n\r\n"};
  allow_writing(0);
  const error_code error = co_await connection_.stream().write(last);
  co_return !error;
}

bool Exchange::account_body() {
  const std::size_t now = parser_.body().capacity();
  if (now <= accounted_) return true;
  auto& total = connection_.service().body_bytes;
  total += now - accounted_;
  accounted_ = now;
  return total <= connection_.service().options.max_body_bytes;
}

void Exchange::extend_body_deadline() {
  const auto patience = connection_.service().options.body_deadline;
  connection_.until(std::min(steady_clock::now() + patience, started_ + patience + transfer_time(received_)));
}

void Exchange::allow_writing(std::size_t bytes) {
  connection_.within(connection_.service().options.write_deadline + transfer_time(bytes));
}

}  // namespace waystation::server
