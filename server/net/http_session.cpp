#include <chrono>
#include <memory>
#include <utility>

#include "server/net/exchange.hpp"
#include "server/net/sessions.hpp"

namespace waystation::server {

namespace {

constexpr std::chrono::seconds linger_time{3};

/// Waits for the first byte of a request; false when the connection ends instead.
Task<bool> next_request(Connection& connection) {
  if (!connection.input().empty()) co_return true;
  connection.input().shrink_to_fit();
  if (connection.draining()) co_return false;
  connection.within(connection.service().options.idle_deadline);
  connection.set_idle(true);
  const error_code error = co_await connection.stream().await_input(connection.input());
  connection.set_idle(false);
  co_return !error;
}

Task<Exchange::After> exchange(Connection& connection) {
  const auto exchange = std::make_unique<Exchange>(connection);
  const auto after = co_await exchange->run();
  co_return after;
}

}  // namespace

Task<> serve(std::unique_ptr<Connection> connection) {
  connection->within(connection->service().options.head_deadline);
  const error_code failure = co_await connection->stream().handshake();
  auto after = failure ? Exchange::After::quit : Exchange::After::keep;
  while (after == Exchange::After::keep) {
    const bool more = co_await next_request(*connection);
    if (!more) break;
    after = co_await exchange(*connection);
  }
  if (after == Exchange::After::drop) co_return;
  connection->stream().finish();
  if (after == Exchange::After::end) {
    connection->within(linger_time);
    co_await connection->stream().linger();
  }
}

}  // namespace waystation::server
