#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/beast/core/role.hpp>
#include <openssl/ssl.h>

#include "server/net/task.hpp"

namespace waystation::server {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslHandle = std::unique_ptr<SSL, FreeSsl>;

/// The outcome of a read or write: an error, or the bytes moved.
struct Transfer {
  error_code error;
  std::size_t bytes = 0;
};

/// The bytes of one connection, with TLS or without. It calls SSL_read and SSL_write on the non-blocking
/// socket itself and waits for readiness, so that an idle connection holds no buffers
/// (SSL_MODE_RELEASE_BUFFERS). Models Beast's AsyncReadStream and AsyncWriteStream; of its own I/O thread
/// only; one read and one write at a time. After an error or a cancelled write it is only fit to be closed.
class Stream {
 public:
  using executor_type = Executor;

  /// `ssl` may be null: plain TCP.
  Stream(Socket socket, SslHandle ssl);

  executor_type get_executor() { return socket_.get_executor(); }
  bool secure() const { return ssl_ != nullptr; }

  /// The server's side of the TLS handshake.
  Task<error_code> handshake();
  /// Waits for as long as it takes and then appends what has come, up to 4 KiB: holds no buffer while it
  /// waits.
  Task<error_code> await_input(std::string& into);
  /// At least one byte; asio::error::eof at the end.
  Task<Transfer> read_some(std::span<char> into);
  /// What has come already; asio::error::would_block when nothing has.
  Transfer read_now(std::span<char> into);
  /// Calls back, never at once, when there may be something for read_now() again, or the stream was cancelled
  /// or closed. May be pending beside other reads.
  void when_readable(std::move_only_function<void()> call);
  /// All of the parts, small ones joined into one TLS record.
  Task<error_code> write(std::span<const std::string_view> parts);

  /// Bytes that the next reads give first.
  void unread(std::string bytes);
  /// From here on writes only gather, until flush() has sent them all: many messages, few records.
  void cork() { corked_ = true; }
  std::size_t gathered() const { return gathered_.size(); }
  Task<error_code> flush();

  /// Says there is nothing more to come: close_notify and FIN. Reads go on until the peer's end.
  void finish();
  /// Throws away what the peer still sends, undecrypted, until its end, an error or 32 MiB; a close() with
  /// unread bytes would reset the connection and could take our last answer with it.
  Task<> linger();

  /// Ends pending operations with an error.
  void cancel() noexcept;
  void close() noexcept;
  bool is_open() const { return socket_.is_open(); }
  /// Since when a pending write has moved no byte.
  std::optional<std::chrono::steady_clock::time_point> stalled_since() const { return stalled_since_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return start([this, buffers] { return try_read(first_of(buffers)); }, std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return start(
        [this, buffers] {
          std::string_view parts[max_parts];
          std::size_t count = 0;
          for (auto it = asio::buffer_sequence_begin(buffers); it != asio::buffer_sequence_end(buffers);
               ++it) {
            const asio::const_buffer part(*it);
            if (part.size() == 0) continue;
            if (count == max_parts) break;
            parts[count++] = {static_cast<const char*>(part.data()), part.size()};
          }
          return try_write({parts, count});
        },
        std::forward<Token>(token));
  }

 private:
  enum class Want : std::uint8_t { nothing, input, output };
  /// One try: done with this outcome, or to be tried again when the socket is ready.
  struct Attempt {
    Transfer outcome;
    Want want = Want::nothing;
  };
  static constexpr std::size_t max_parts = 16;

  /// An asynchronous operation: try, wait for readiness, try again. Never completes inline.
  template <class Try>
  struct Operation {
    Stream* stream;
    Try attempt;
    bool waited = false;
    std::optional<Transfer> outcome;

    template <class Self>
    void operator()(Self& self, error_code error = {}) {
      if (outcome) return self.complete(outcome->error, outcome->bytes);
      if (error) return self.complete(error, 0);
      const Attempt made = attempt();
      if (made.want != Want::nothing) {
        waited = true;
        stream->socket_.async_wait(wait_type(made.want), std::move(self));
      } else if (waited) {
        self.complete(made.outcome.error, made.outcome.bytes);
      } else {
        outcome = made.outcome;
        asio::post(stream->get_executor(), std::move(self));
      }
    }
  };

  template <class Try, class Token>
  auto start(Try attempt, Token&& token) {
    return asio::async_compose<Token, void(error_code, std::size_t)>(
        Operation<Try>{this, std::move(attempt), false, std::nullopt}, token, socket_);
  }

  template <class Buffers>
  static std::span<char> first_of(const Buffers& buffers) {
    for (auto it = asio::buffer_sequence_begin(buffers); it != asio::buffer_sequence_end(buffers); ++it) {
      const asio::mutable_buffer part(*it);
      if (part.size() > 0) return {static_cast<char*>(part.data()), part.size()};
    }
    return {};
  }

  static asio::socket_base::wait_type wait_type(Want want) {
    return want == Want::input ? asio::socket_base::wait_read : asio::socket_base::wait_write;
  }

  Attempt try_read(std::span<char> into);
  Attempt try_append(std::string& into);
  Attempt try_write(std::span<const std::string_view> parts);
  Attempt send(std::string_view bytes);
  /// What OpenSSL's or the socket's last failure means.
  Attempt failed(int result);
  void note_progress(Want want);

  Socket socket_;
  SslHandle ssl_;
  std::string unread_;
  std::string gathered_;
  std::optional<std::chrono::steady_clock::time_point> stalled_since_;
  std::uint64_t written_ = 0;  // to the socket, when last looked at
  Want read_wants_ = Want::input;
  bool corked_ = false;
  bool broken_ = false;
  bool finished_ = false;
};

/// What Beast's WebSocket calls when it is done with the stream: closing is the connection's own work.
template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, Stream& stream, Handler&& handler) {
  asio::post(stream.get_executor(),
             [handler = std::forward<Handler>(handler)]() mutable { std::move(handler)(error_code{}); });
}
/// What Beast's WebSocket calls when the peer has gone silent.
inline void beast_close_socket(Stream& stream) {
  stream.close();
}

}  // namespace waystation::server
