#include "server/net/connection.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace waystation::server {

using std::chrono::steady_clock;

namespace {

constexpr std::size_t max_ahead = 16UL * 1024;

}  // namespace

Connection::Connection(Lane& lane, Socket socket, SslHandle ssl, std::string remote)
    : lane_(lane),
      stream_(std::move(socket), std::move(ssl)),
      remote_(std::move(remote)),
      place_(lane.enter(*this)) {}

Connection::~Connection() {
  if (input_watch_) input_watch_->connection = nullptr;
  lane_.leave(place_);
}

Service& Connection::service() {
  return lane_.service();
}

bool Connection::draining() const {
  return lane_.draining();
}

void Connection::within(std::chrono::milliseconds duration) {
  until(steady_clock::now() + duration);
}

void Connection::until(steady_clock::time_point deadline) {
  deadline_ = deadline;
  expired_ = false;
}

Task<> Connection::wait(Signal& signal) {
  if (cut_ || expired_) co_return;
  awaited_ = &signal;
  co_await signal.wait();
  awaited_ = nullptr;
}

Task<> Connection::wait_or_input(Signal& signal) {
  if (cut_ || expired_) co_return;
  if (!input_watch_) input_watch_ = std::make_shared<InputWatch>(this);
  if (!input_watch_->armed) {
    input_watch_->armed = true;
    stream_.when_readable([watch = input_watch_] {
      watch->armed = false;
      if (watch->connection != nullptr) watch->connection->wake();
    });
  }
  co_await wait(signal);
}

Task<bool> Connection::wait_watching(Signal& signal) {
  if (!read_ahead()) co_return true;
  if (input_.size() < max_ahead)
    co_await wait_or_input(signal);
  else
    co_await wait(signal);
  co_return false;
}

bool Connection::read_ahead() {
  std::array<char, 4096> scratch;
  while (input_.size() < max_ahead) {
    const Transfer got = stream_.read_now(scratch);
    if (got.error) return got.error == asio::error::would_block;
    input_.append(scratch.data(), got.bytes);
  }
  return true;
}

std::shared_ptr<Signal> Connection::signal() {
  return std::make_shared<Signal>(lane_.context());
}

void Connection::wake() {
  if (awaited_ != nullptr) awaited_->wake();
}

void Connection::cut() {
  cut_ = true;
  stream_.close();
  wake();
}

void Connection::check(steady_clock::time_point now) {
  const auto stalled = stream_.stalled_since();
  if (stalled && now - *stalled > service().options.write_deadline) return cut();
  if (now >= wake_at_) {
    wake_at_ = steady_clock::time_point::max();
    wake();
  }
  if (now < deadline_) return;
  // Stays due: should nothing be pending right now, the next tick finds what is.
  expired_ = true;
  stream_.cancel();
  wake();
}

void Connection::on_drain() {
  if (idle_) stream_.cancel();
  wake();
}

}  // namespace waystation::server
