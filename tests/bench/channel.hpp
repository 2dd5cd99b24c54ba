#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace waystation::bench {

/// What a run cannot go on after: a connection that ends, an answer that is not the one asked for.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Settings of TLS 1.3 clients that trust one authority.
std::shared_ptr<SSL_CTX> client_tls(const std::filesystem::path& authority);

/// A TCP or TLS connection to a port of 127.0.0.1. Made by waiting; reading does not wait.
class Channel {
 public:
  /// Connects; without settings in the clear. Throws Failure.
  Channel(SSL_CTX* tls, std::uint16_t port);
  ~Channel();
  Channel(Channel&& other) noexcept;
  Channel& operator=(Channel&&) = delete;

  int fd() const { return fd_; }
  /// All of it; waits only when the peer takes nothing. Throws Failure.
  void send(std::string_view bytes);
  /// What has come, up to the size; 0 when nothing has. Throws Failure at the end.
  std::size_t read(std::span<char> into);
  /// True if more may be read although the socket is not readable.
  bool has_more() const { return ssl_ && SSL_has_pending(ssl_.get()) == 1; }
  /// Waits until there is something to read; false after so many milliseconds.
  bool wait(int milliseconds) const;

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL, Free> ssl_;
  int fd_;
};

}  // namespace waystation::bench
