#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "server/net/feed_tap.hpp"
#include "server/net/sessions.hpp"

namespace waystation::server {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using WebSocket = websocket::stream<Stream&, false>;  // without permessage-deflate: 94 KiB a connection

constexpr std::string_view subprotocol = "waystation.v1";
constexpr std::size_t max_incoming_message = 1024;
constexpr std::size_t flush_size = 16UL * 1024;
constexpr std::chrono::seconds close_time{5};
constexpr std::uint16_t internal_error = 1011;

/// True if a comma-separated list of tokens, in any of the fields of that name, has the token (any case).
bool lists(const RequestHead& head, std::string_view name, std::string_view token) {
  for (const auto& [key, value] : head.fields)
    if (key == name && http::token_list(value).exists(token)) return true;
  return false;
}

http::request<http::empty_body> upgrade_of(const RequestHead& head) {
  http::request<http::empty_body> request(http::verb::get, head.path, 11);
  for (const auto& [name, value] : head.fields)
    request.insert(name, value);
  return request;
}

/// Reads what the client says, which is answered where it is control and ignored where it is not, to its end.
Task<> watch(WebSocket& socket, FeedTap& tap) {
  for (;;) {
    std::array<char, 256> scratch;
    const auto [error, bytes] = co_await socket.async_read_some(asio::buffer(scratch), use_result);
    if (error) break;
  }
  tap.reader_gone();
}

Task<error_code> send(WebSocket& socket, Stream& stream, const FeedBatch& batch, std::size_t& sent) {
  error_code error;
  stream.cork();
  for (const FeedMessage& message : batch.messages) {
    const auto [failure, bytes] = co_await socket.async_write(asio::buffer(message.json), use_result);
    error = failure;
    if (error) break;
    sent += message.json.size();
    if (stream.gathered() < flush_size) continue;
    error = co_await stream.flush();
    if (error) break;
    stream.cork();
  }
  if (!error) error = co_await stream.flush();
  co_return error;
}

}  // namespace

bool is_websocket(const RequestHead& head) {
  return head.method == Method::get && lists(head, "upgrade", "websocket") &&
         lists(head, "connection", "upgrade") && head.field("sec-websocket-version") == "13" &&
         !head.field("sec-websocket-key").empty();
}

Task<std::size_t> run_websocket(Connection& connection, const RequestHead& head, Feed& feed) {
  Stream& stream = connection.stream();
  stream.unread(std::exchange(connection.input(), {}));
  const auto& options = connection.service().options;
  WebSocket socket(stream);
  socket.auto_fragment(false);
  socket.read_message_max(max_incoming_message);
  socket.text(true);
  // With a limit of twice the interval, Beast pings a silent peer once an interval and gives it up at the
  // second.
  socket.set_option(websocket::stream_base::timeout{options.head_deadline, options.ping_interval * 2, true});
  socket.set_option(
      websocket::stream_base::decorator([&connection, &head](websocket::response_type& response) {
        response.erase("Server");
        response.set("X-Request-Id", head.request_id);
        response.set("X-Content-Type-Options", "nosniff");
        response.set("Date", connection.lane().date());
        if (connection.stream().secure()) response.set("Strict-Transport-Security", "max-age=31536000");
        if (lists(head, "sec-websocket-protocol", subprotocol))
          response.set("Sec-WebSocket-Protocol", subprotocol);
      }));
  std::size_t sent = 0;
  connection.without_deadline();  // the stream's own watches over bytes not taken
  {
    const auto request = upgrade_of(head);
    const auto [error] = co_await socket.async_accept(request, use_result);
    if (error) co_return sent;
  }

  FeedTap tap(connection, feed);
  tap.watch(watch(socket, tap));
  error_code error;
  std::uint16_t code = websocket::close_code::going_away;
  while (!error && !tap.is_reader_gone() && !connection.draining() && !connection.is_cut()) {
    const auto batch = co_await tap.next();
    if (!batch) continue;
    error = co_await send(socket, stream, *batch, sent);
    if (!batch->close && !batch->messages.empty()) continue;
    code = batch->close.value_or(internal_error);
    break;
  }
  if (!error && !tap.is_reader_gone() && !connection.is_cut()) {
    connection.within(close_time);
    co_await socket.async_close(websocket::close_reason(code), use_result);
  }
  if (!tap.is_reader_gone()) {
    stream.finish();
    stream.close();
  }
  co_await tap.join();
  co_return sent;
}

}  // namespace waystation::server
