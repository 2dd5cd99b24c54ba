#include "server/net/stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>

#include <boost/asio/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

namespace waystation::server {

namespace {

constexpr std::size_t record_size = 16UL * 1024;  // of TLS, RFC 8446 §5.1
constexpr std::size_t linger_limit = 32U << 20U;

int clamped(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

Stream::Stream(Socket socket, SslHandle ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {
  if (!ssl_) return;
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_fd(ssl_.get(), socket_.native_handle());
  SSL_set_accept_state(ssl_.get());
}

Task<error_code> Stream::handshake() {
  if (!ssl_) co_return error_code{};
  for (;;) {
    // Once closed, the descriptor's number may be another connection's.
    if (!socket_.is_open()) co_return asio::error::bad_descriptor;
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) co_return error_code{};
    const Attempt made = failed(result);
    if (made.want == Want::nothing) co_return made.outcome.error;
    const auto [error] = co_await socket_.async_wait(wait_type(made.want), use_result);
    if (error) co_return error;
  }
}

Task<error_code> Stream::await_input(std::string& into) {
  // Readable is not enough: a record may carry no bytes for us (RFC 8446 §4.6, tickets and key updates).
  for (;;) {
    const Attempt made = try_append(into);
    if (made.want == Want::nothing) co_return made.outcome.error;
    const auto [error] = co_await socket_.async_wait(wait_type(made.want), use_result);
    if (error) co_return error;
  }
}

Task<Transfer> Stream::read_some(std::span<char> into) {
  for (;;) {
    const Attempt made = try_read(into);
    if (made.want == Want::nothing) co_return made.outcome;
    const auto [error] = co_await socket_.async_wait(wait_type(made.want), use_result);
    if (error) co_return Transfer{error, 0};
  }
}

Transfer Stream::read_now(std::span<char> into) {
  const Attempt made = try_read(into);
  if (made.want == Want::nothing) return made.outcome;
  read_wants_ = made.want;
  return {asio::error::would_block, 0};
}

void Stream::when_readable(std::move_only_function<void()> call) {
  socket_.async_wait(wait_type(read_wants_), [call = std::move(call)](error_code) mutable { call(); });
}

Task<error_code> Stream::write(std::span<const std::string_view> parts) {
  std::array<std::string_view, max_parts> left;
  std::copy_n(parts.begin(), std::min(parts.size(), max_parts), left.begin());
  std::span<std::string_view> rest(left.data(), std::min(parts.size(), max_parts));
  for (;;) {
    while (!rest.empty() && rest.front().empty())
      rest = rest.subspan(1);
    if (rest.empty()) co_return error_code{};
    const Attempt made = try_write(rest);
    if (made.outcome.error) co_return made.outcome.error;
    if (made.want != Want::nothing) {
      const auto [error] = co_await socket_.async_wait(wait_type(made.want), use_result);
      if (error) co_return error;
    }
    std::size_t sent = made.outcome.bytes;
    for (auto& part : rest) {
      const std::size_t taken = std::min(sent, part.size());
      part.remove_prefix(taken);
      sent -= taken;
    }
  }
}

void Stream::unread(std::string bytes) {
  unread_ = std::move(bytes) + unread_;
}

Task<error_code> Stream::flush() {
  error_code error;
  while (!gathered_.empty() && !error) {
    const std::string bytes = std::exchange(gathered_, {});
    std::string_view rest = bytes;
    while (!rest.empty() && !error) {
      const Attempt made = send(rest.substr(0, record_size));
      error = made.outcome.error;
      rest.remove_prefix(made.outcome.bytes);
      if (made.want == Want::nothing) continue;
      const auto [failure] = co_await socket_.async_wait(wait_type(made.want), use_result);
      error = failure;
    }
  }
  corked_ = false;
  co_return error;
}

void Stream::finish() {
  if (finished_ || !socket_.is_open()) return;
  finished_ = true;
  if (ssl_ && !broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  error_code ignored;  // the peer may have gone already
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

Task<> Stream::linger() {
  std::size_t dropped = 0;
  while (dropped < linger_limit && socket_.is_open()) {
    std::size_t got = 0;
    error_code error;
    {
      std::array<char, 4096> scratch;
      got = socket_.read_some(asio::buffer(scratch), error);
    }
    dropped += got;
    if (error == asio::error::would_block) {
      const auto [failure] = co_await socket_.async_wait(asio::socket_base::wait_read, use_result);
      error = failure;
    }
    if (error) co_return;
  }
}

void Stream::cancel() noexcept {
  error_code ignored;  // nothing pending, or closed already
  socket_.cancel(ignored);
}

void Stream::close() noexcept {
  stalled_since_.reset();
  error_code ignored;  // the descriptor is given back in any case
  socket_.close(ignored);
}

Stream::Attempt Stream::try_read(std::span<char> into) {
  if (into.empty()) return {};
  if (!unread_.empty()) {
    const std::size_t bytes = std::min(into.size(), unread_.size());
    std::memcpy(into.data(), unread_.data(), bytes);
    unread_.erase(0, bytes);
    if (unread_.empty()) unread_.shrink_to_fit();
    return {.outcome = {{}, bytes}};
  }
  if (!socket_.is_open()) return {.outcome = {asio::error::bad_descriptor, 0}};
  if (!ssl_) {
    const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
    if (got > 0) return {.outcome = {{}, static_cast<std::size_t>(got)}};
    if (got == 0) return {.outcome = {asio::error::eof, 0}};
    return failed(-1);
  }
  ERR_clear_error();
  const int got = SSL_read(ssl_.get(), into.data(), clamped(into.size()));
  if (got > 0) return {.outcome = {{}, static_cast<std::size_t>(got)}};
  return failed(got);
}

Stream::Attempt Stream::try_append(std::string& into) {
  std::array<char, 4096> scratch;
  const Attempt made = try_read(scratch);
  into.append(scratch.data(), made.outcome.bytes);
  return made;
}

Stream::Attempt Stream::try_write(std::span<const std::string_view> parts) {
  if (parts.empty()) return {};
  if (corked_) {
    const std::size_t before = gathered_.size();
    for (const auto part : parts)
      gathered_ += part;
    return {.outcome = {{}, gathered_.size() - before}};
  }
  if (parts.size() == 1 || parts.front().size() >= record_size)
    return send(parts.front().substr(0, record_size));
  std::array<char, record_size> record;
  std::size_t filled = 0;
  for (const auto part : parts)
    filled += part.copy(record.data() + filled, record.size() - filled);
  return send({record.data(), filled});
}

Stream::Attempt Stream::send(std::string_view bytes) {
  if (!socket_.is_open()) return {.outcome = {asio::error::bad_descriptor, 0}};
  Attempt made;
  std::int64_t sent = 0;
  if (ssl_) {
    ERR_clear_error();
    sent = SSL_write(ssl_.get(), bytes.data(), clamped(bytes.size()));
  } else {
    sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  if (sent > 0)
    made.outcome.bytes = static_cast<std::size_t>(sent);
  else
    made = failed(static_cast<int>(sent));
  if (!ssl_) made.want = made.want == Want::nothing ? Want::nothing : Want::output;
  note_progress(made.want);
  return made;
}

void Stream::note_progress(Want want) {
  if (want == Want::nothing) {
    stalled_since_.reset();
    return;
  }
  // A record may have gone in part: what the socket took counts, not what SSL_write says.
  const std::uint64_t written = ssl_ ? BIO_number_written(SSL_get_wbio(ssl_.get())) : 0;
  if (!stalled_since_ || written != written_) stalled_since_ = std::chrono::steady_clock::now();
  written_ = written;
}

Stream::Attempt Stream::failed(int result) {
  const int number = errno;
  if (!ssl_) {
    if (number == EAGAIN || number == EWOULDBLOCK || number == EINTR)
      return {.outcome = {}, .want = Want::input};
    return {.outcome = {error_code(number, boost::system::system_category()), 0}};
  }
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.outcome = {}, .want = Want::input};
    case SSL_ERROR_WANT_WRITE:
      return {.outcome = {}, .want = Want::output};
    case SSL_ERROR_ZERO_RETURN:
      return {.outcome = {asio::error::eof, 0}};
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      if (number != 0) return {.outcome = {error_code(number, boost::system::system_category()), 0}};
      return {.outcome = {asio::error::eof, 0}};
    default:  // a TLS fault, or an end without close_notify: both ends of the conversation
      broken_ = true;
      return {.outcome = {asio::error::connection_aborted, 0}};
  }
}

}  // namespace waystation::server
