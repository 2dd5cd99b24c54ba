#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/net/feed_tap.hpp"
#include "server/net/response_head.hpp"
#include "server/net/sessions.hpp"

namespace waystation::server {

using std::chrono::steady_clock;

namespace {

/// A reader of events has nothing to say.
constexpr std::size_t max_incoming = 64UL * 1024;

Task<> watch(Stream& stream, FeedTap& tap) {
  std::size_t incoming = 0;
  while (incoming <= max_incoming) {
    std::array<char, 256> scratch;
    const Transfer got = co_await stream.read_some(scratch);
    if (got.error) break;
    incoming += got.bytes;
  }
  tap.reader_gone();
}

std::string event(const FeedMessage& message) {
  std::string out = "event: ";
  out += message.type;
  out += "\nid: ";
  out += message.cursor;
  out += "\ndata: ";
  out += message.json;
  out += "\n\n";
  return out;
}

Task<error_code> send(Connection& connection, bool chunked, std::string_view bytes) {
  std::array<char, 20> size{};
  char* end = std::to_chars(size.begin(), size.end(), bytes.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  const std::array<std::string_view, 3> framed{
      chunked ? std::string_view(size.begin(), end) : std::string_view(), bytes, chunked ? "\r\n" : ""};
  const error_code error = co_await connection.stream().write(framed);
  co_return error;
}

}  // namespace

bool is_event_stream(const RequestHead& head) {
  return head.field("accept").find("text/event-stream") != std::string_view::npos;
}

Task<std::size_t> run_event_stream(Connection& connection, const RequestHead& head, bool old_client,
                                   Feed& feed) {
  const bool chunked = !old_client;
  Response response;
  response.fields = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
  HeadOptions options;
  options.framing = chunked ? Framing::chunked : Framing::close;
  options.keep_alive = false;
  options.old_client = old_client;
  options.secure = connection.stream().secure();
  options.request_id = head.request_id;
  options.date = connection.lane().date();
  const std::string start = response_head(response, options);
  connection.without_deadline();  // the stream's own watches over bytes not taken
  const std::array<std::string_view, 1> parts{start};
  error_code error = co_await connection.stream().write(parts);
  std::size_t sent = 0;
  if (error) co_return sent;

  FeedTap tap(connection, feed);
  tap.watch(watch(connection.stream(), tap));
  bool ended = false;
  auto ping_due = steady_clock::now() + connection.service().options.ping_interval;
  while (!error && !ended && !tap.is_reader_gone() && !connection.draining() && !connection.is_cut()) {
    connection.wake_at(ping_due);
    const auto batch = co_await tap.next();
    std::string out;
    if (batch) {
      for (const FeedMessage& message : batch->messages)
        out += event(message);
      ended = batch->close.has_value() || batch->messages.empty();
    } else if (steady_clock::now() >= ping_due) {
      out = ":\n\n";
    }
    if (out.empty()) continue;
    ping_due = steady_clock::now() + connection.service().options.ping_interval;
    error = co_await send(connection, chunked, out);
    if (!error) sent += out.size();
  }
  if (!error && !tap.is_reader_gone() && !connection.is_cut() && chunked) {
    constexpr std::array<std::string_view, 1> last{"0\r\n\r\n"};
    connection.within(connection.service().options.write_deadline);
    co_await connection.stream().write(last);
  }
  if (!tap.is_reader_gone()) {
    connection.stream().finish();
    connection.stream().close();
  }
  co_await tap.join();
  co_return sent;
}

}  // namespace waystation::server
