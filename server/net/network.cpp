#include "server/net/network.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <future>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "server/net/connection.hpp"
#include "server/net/lane.hpp"
#include "server/net/service.hpp"

namespace waystation::server {

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

constexpr int backlog = 4096;
constexpr std::chrono::milliseconds accept_pause{500};

Acceptor listen(const Executor& executor, const NetworkOptions& options) {
  try {
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options.address), options.port);
    Acceptor acceptor(executor, endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(backlog);
    return acceptor;
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen on " + options.address + " port " + std::to_string(options.port) +
                             ": " + error.code().message());
  }
}

}  // namespace

class Network::Impl {
 public:
  Impl(NetworkOptions options, Doors& doors)
      : service_(std::move(options), doors),
        lanes_(make_lanes(service_)),
        acceptor_(listen(lanes_.front()->executor(), service_.options)),
        pause_(lanes_.front()->executor()),
        port_(acceptor_.local_endpoint().port()) {
    asio::co_spawn(lanes_.front()->executor(), accept(), asio::detached);
  }

  ~Impl() {
    drain(std::chrono::milliseconds(0));
    for (const auto& lane : lanes_)
      lane->stop();
    service_.blocking.join();
  }

  std::uint16_t port() const { return port_; }
  std::size_t connections() const { return service_.census.count(); }

  void drain(std::chrono::milliseconds patience) {
    stop_accepting();
    for (const auto& lane : lanes_)
      lane->drain();
    if (service_.census.wait_until_empty(patience)) return;
    for (const auto& lane : lanes_)
      lane->cut_all();
    service_.census.wait_until_empty();
  }

 private:
  static std::vector<std::unique_ptr<Lane>> make_lanes(Service& service) {
    std::vector<std::unique_ptr<Lane>> lanes;
    for (unsigned i = 0; i < std::max(1U, service.options.threads); ++i)
      lanes.push_back(std::make_unique<Lane>(service));
    return lanes;
  }

  void stop_accepting() {
    std::promise<void> closed;
    asio::post(lanes_.front()->executor(), [this, &closed] {
      error_code ignored;  // closed before
      acceptor_.close(ignored);
      pause_.cancel();
      closed.set_value();
    });
    closed.get_future().wait();
  }

  Task<> accept() {
    for (std::size_t turn = 0; acceptor_.is_open(); ++turn) {
      Lane& lane = *lanes_[turn % lanes_.size()];
      auto [error, socket] = co_await acceptor_.async_accept(lane.executor(), use_result);
      if (!acceptor_.is_open()) break;
      if (!error) {
        try_take(lane, std::move(socket));
      } else if (error != asio::error::connection_aborted) {
        // Out of descriptors or memory, mostly: the backlog holds the clients meanwhile.
        service_.warn("accept failed: " + error.message());
        pause_.expires_after(accept_pause);
        co_await pause_.async_wait(use_result);
      }
    }
  }

  void try_take(Lane& lane, Socket socket) {
    try {
      take(lane, std::move(socket));
    } catch (const std::exception& failure) {
      service_.warn(std::string("a connection was refused: ") + failure.what());
    }
  }

  void take(Lane& lane, Socket socket) {
    if (service_.census.count() >= service_.options.max_connections) return warn_full();
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (!error) socket.non_blocking(true, error);
    if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
    if (error) return;  // gone already
    SslHandle ssl;
    if (service_.options.tls) {
      const auto context = service_.options.tls();
      if (context) ssl.reset(SSL_new(context.get()));
      if (!ssl) return service_.warn("a connection was refused: no TLS settings");
    }
    service_.census.enter();
    lane.adopt(std::move(socket), std::move(ssl), peer.address().to_string());
  }

  void warn_full() {
    const auto now = std::chrono::steady_clock::now();
    if (now - warned_ < std::chrono::seconds(1)) return;
    warned_ = now;
    service_.warn("connections are refused: there are " + std::to_string(service_.options.max_connections));
  }

  Service service_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Acceptor acceptor_;  // of the first lane's thread, as all below
  Timer pause_;
  std::chrono::steady_clock::time_point warned_;
  std::uint16_t port_ = 0;
};

Network::Network(NetworkOptions options, Doors& doors) {
  // SSL_write has no MSG_NOSIGNAL: a peer that is gone must be an error, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  impl_ = std::make_unique<Impl>(std::move(options), doors);
}

Network::~Network() = default;

std::uint16_t Network::port() const {
  return impl_->port();
}

std::size_t Network::connections() const {
  return impl_->connections();
}

void Network::drain(std::chrono::milliseconds patience) {
  impl_->drain(patience);
}

}  // namespace waystation::server
