#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/client_address.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace waystation::server {

class Doors;

/// How a Network listens and how long it waits for whom. Deadlines are kept to about a second.
struct NetworkOptions {
  std::string address = "127.0.0.1";  // an IPv4 or IPv6 address
  std::uint16_t port = 0;             // 0: any free one
  /// The TLS settings for a new connection, asked for at each, so that a reload drops nothing; null refuses
  /// the connection. Called on any I/O thread. No function at all: plain HTTP (metrics on the loopback
  /// address).
  std::function<std::shared_ptr<ssl_ctx_st>()> tls;
  unsigned threads = 2;           // I/O threads
  unsigned blocking_threads = 4;  // for body sources and sinks, which wait for disks
  std::size_t max_connections = 20'000;
  std::size_t max_body_bytes = 256U << 20U;  // of all request bodies held at once; 503 beyond

  /// Whose X-Forwarded-For is believed (client_of).
  std::vector<AddressRange> trusted_proxies;

  std::chrono::seconds head_deadline{15};     // the handshake; a whole head from its first byte
  std::chrono::seconds body_deadline{60};     // without a byte; or in all, plus a second a KiB received
  std::chrono::seconds idle_deadline{75};     // between requests
  std::chrono::seconds write_deadline{60};    // without a byte taken; or in all, plus a second a KiB to send
  std::chrono::seconds handler_deadline{90};  // from the whole request to its answer; above any long poll;
                                              // also for each step of a body source or sink
  std::chrono::seconds ping_interval{30};     // WebSocket pings and comment lines of event streams

  /// Told what an operator should know, in one line: accept errors, a full house, exceptions. Any I/O thread.
  std::function<void(std::string_view message)> warn;
};

/// The listening socket, its I/O threads and all connections: HTTP/1.1 (RFC 9112), WebSocket (RFC 6455) and
/// server-sent events over TLS, in front of a Doors. Sets SIGPIPE to be ignored in the whole process, since
/// OpenSSL writes with write(2).
class Network {
 public:
  /// Listens and serves at once. `doors` outlives it. Throws std::runtime_error when it can't listen.
  Network(NetworkOptions options, Doors& doors);
  /// Cuts what is still open and waits for the I/O threads; body sources under way are waited for, and sinks,
  /// those being opened too, until they are ended.
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// The port listened on.
  std::uint16_t port() const;
  /// Connections open now. Any thread.
  std::size_t connections() const;
  /// Ends in order: listens no more, closes idle connections, lets requests under way finish, closes feeds
  /// with 1001; what is left after `patience` is cut. Returns when all are gone. Not from an I/O thread.
  void drain(std::chrono::milliseconds patience);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace waystation::server
