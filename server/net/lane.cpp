#include "server/net/lane.hpp"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "server/net/connection.hpp"
#include "server/net/response_head.hpp"
#include "server/net/service.hpp"
#include "server/net/sessions.hpp"

namespace waystation::server {

namespace {

std::string what(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace

Lane::Lane(Service& service)
    : service_(service),
      context_(std::make_shared<asio::io_context>(1)),
      work_(context_->get_executor()),
      clock_(context_->get_executor()) {
  tick();
  thread_ = std::thread([this] { run(); });
}

Lane::~Lane() {
  stop();
}

void Lane::stop() {
  if (!thread_.joinable()) return;
  asio::post(*context_, [this] {
    closed_ = true;
    clock_.cancel();
    work_.reset();
  });
  thread_.join();
}

void Lane::run() {
  for (;;)
    try {
      context_->run();
      return;
    } catch (...) {
      service_.warn("an I/O handler failed: " + what(std::current_exception()));
    }
}

void Lane::tick() {
  clock_.expires_after(std::chrono::seconds(1));
  clock_.async_wait([this](error_code error) {
    if (error || closed_) return;
    const auto now = std::chrono::steady_clock::now();
    for (Connection* connection : connections_)
      connection->check(now);
    tick();
  });
}

void Lane::adopt(Socket socket, SslHandle ssl, std::string remote) {
  asio::post(*context_, [this, socket = std::move(socket), ssl = std::move(ssl),
                         remote = std::move(remote)]() mutable {
    auto connection =
        std::make_unique<Connection>(*this, std::move(socket), std::move(ssl), std::move(remote));
    if (closed_) return;
    asio::co_spawn(executor(), serve(std::move(connection)), [this](const std::exception_ptr& failure) {
      if (failure) service_.warn("a connection failed: " + what(failure));
    });
  });
}

void Lane::drain() {
  asio::post(*context_, [this] {
    draining_ = true;
    for (Connection* connection : connections_)
      connection->on_drain();
  });
}

void Lane::cut_all() {
  asio::post(*context_, [this] {
    draining_ = true;
    closed_ = true;
    for (Connection* connection : connections_)
      connection->cut();
  });
}

const std::string& Lane::date() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != date_of_) {
    date_of_ = now;
    date_ = http_date(now);
  }
  return date_;
}

std::list<Connection*>::iterator Lane::enter(Connection& connection) {
  return connections_.insert(connections_.end(), &connection);
}

void Lane::leave(std::list<Connection*>::iterator place) {
  connections_.erase(place);
  service_.census.leave();
}

}  // namespace waystation::server
