#include "tests/bench/channel.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace waystation::bench {
namespace {

[[noreturn]] void fail(const std::string& doing) {
  throw Failure(doing + ": " + std::generic_category().message(errno));
}

[[noreturn]] void fail_tls(const std::string& doing) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  throw Failure(doing + ": " + (reason != nullptr ? reason : "the peer ended the connection"));
}

bool wait_for(int fd, short events, int milliseconds) {
  pollfd waiting{.fd = fd, .events = events, .revents = 0};
  for (;;) {
    const int ready = ::poll(&waiting, 1, milliseconds);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) fail("poll");
  }
}

constexpr int patience_ms = 30'000;

}  // namespace

std::shared_ptr<SSL_CTX> client_tls(const std::filesystem::path& authority) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_load_verify_file(context.get(), authority.c_str()) != 1)
    fail_tls("reading " + authority.string());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // One recv for a record's head and body.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

Channel::Channel(SSL_CTX* tls, std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0) fail("socket");
  try {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls != nullptr) {
      ssl_.reset(SSL_new(tls));
      if (!ssl_ || SSL_set_fd(ssl_.get(), fd_) != 1 || SSL_connect(ssl_.get()) != 1) fail_tls("TLS");
    }
    if (::fcntl(fd_, F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Channel::~Channel() {
  ssl_.reset();
  if (fd_ >= 0) ::close(fd_);
}

Channel::Channel(Channel&& other) noexcept : ssl_(std::move(other.ssl_)), fd_(std::exchange(other.fd_, -1)) {}

void Channel::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (ssl_) {
      const int written = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      // Without SSL_MODE_ENABLE_PARTIAL_WRITE it is all or nothing.
      if (written > 0) return;
      if (SSL_get_error(ssl_.get(), written) != SSL_ERROR_WANT_WRITE) fail_tls("sending");
    } else {
      const ssize_t written = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
        continue;
      }
      if (errno != EAGAIN) fail("sending");
    }
    if (!wait_for(fd_, POLLOUT, patience_ms)) throw Failure("the server takes no bytes");
  }
}

std::size_t Channel::read(std::span<char> into) {
  if (ssl_) {
    const int got = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
    if (got > 0) return static_cast<std::size_t>(got);
    if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ) fail_tls("reading");
    return 0;
  }
  const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
  if (got > 0) return static_cast<std::size_t>(got);
  if (got == 0) throw Failure("the server ended the connection");
  if (errno != EAGAIN) fail("reading");
  return 0;
}

bool Channel::wait(int milliseconds) const {
  return has_more() || wait_for(fd_, POLLIN, milliseconds);
}

}  // namespace waystation::bench
