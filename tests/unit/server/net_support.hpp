#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

#include "server/api/http.hpp"
#include "server/net/network.hpp"

/// Real sockets and real TLS for the tests of the network folder, and a small house behind its doors.
namespace waystation::server::testing {

/// A server's TLS settings with a key and certificate made on the spot.
std::shared_ptr<SSL_CTX> self_signed();

/// A feed of `count` messages of about `size` bytes each, `batch` at a time, then silence, or the end with a
/// code.
class CountedFeed final : public Feed {
 public:
  CountedFeed(unsigned count, std::size_t size, unsigned batch, std::uint16_t close,
              std::atomic<unsigned>& given, std::atomic<bool>& cancelled)
      : count_(count), size_(size), batch_(batch), close_(close), given_(given), cancelled_(cancelled) {}
  void next(std::function<void(FeedBatch)> done) override;
  void cancel() override;

 private:
  std::mutex mutex_;
  std::function<void(FeedBatch)> waiting_;
  unsigned at_ = 0;
  unsigned count_;
  std::size_t size_;
  unsigned batch_;
  std::uint16_t close_;
  std::atomic<unsigned>& given_;
  std::atomic<bool>& cancelled_;
};

/// What came to a sink, and how it does: it may stop after some bytes, be slow, fail, or wait for a gate.
class KeptBody final : public BodySink {
 public:
  struct Manner {
    std::size_t stop = SIZE_MAX;
    std::chrono::milliseconds slow{0};
    bool fails = false;
    std::shared_future<void> gate{};
  };
  explicit KeptBody(Manner manner) : manner_(std::move(manner)) {}
  bool take(std::string_view piece) override;
  void end(bool whole, std::function<void(Response)> done) override;

  /// What end() was told, once it was; fails the test after some seconds.
  bool ended_whole();
  /// All below: as far as it has come.
  std::string bytes();
  std::size_t pieces();
  std::size_t longest_piece();
  /// False if two calls met, or one came after the end.
  bool was_called_in_order() { return in_order_; }

 private:
  Manner manner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string bytes_;
  std::size_t pieces_ = 0;
  std::size_t longest_ = 0;
  std::optional<bool> whole_;
  std::atomic<bool> busy_{false};
  std::atomic<bool> in_order_{true};
};

struct LogLine {
  std::string path;
  std::string request_id;
  int status = 0;
  std::size_t bytes = 0;
};

/// GET /hello; POST /echo (1 MiB) and /tiny (10 bytes); /remote names the client; /slow?ms= answers after 700
/// ms on a thread of its own; /never not before the house falls; /stream and /broken have a source, of a
/// `length` if it is given; /refused is 401; /feed?count=&size=&batch=&close=;
/// /sink?stop=&slow=&fails=1&gate=1 streams bodies of up to 100 MB, /sink?refuse=1 does not, and late=1 opens
/// it after 100 ms.
class SmallHouse final : public Doors {
 public:
  ~SmallHouse() override;
  Admission admit(const RequestHead& head) override;
  void handle(Request request, std::function<void(Response)> done) override;
  void open_sink(RequestHead head, std::function<void(SinkOpening)> done) override;
  Response problem(int status, std::string_view detail, const RequestHead& head) override;
  bool is_feed(const RequestHead& head) const override {
    return head.path == "/feed" && head.method == Method::get;
  }
  void open_feed(RequestHead head, std::function<void(FeedOpening)> done) override;
  void log(const RequestHead& head, int status, std::size_t bytes, double milliseconds) override;

  /// The lines logged so far, once there are at least `count`; fails the test after some seconds.
  std::vector<LogLine> lines(std::size_t count);
  std::vector<std::string> handled();

  /// The sinks opened so far, once there are at least `count`.
  std::vector<std::shared_ptr<KeptBody>> sinks(std::size_t count);
  /// Lets sinks with a gate go on.
  void open_gate() { gate_.set_value(); }

  std::atomic<unsigned> feed_given{0};  // messages
  std::atomic<bool> feed_cancelled{false};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<LogLine> lines_;
  std::vector<std::string> handled_;
  std::vector<std::thread> threads_;
  std::vector<std::shared_ptr<KeptBody>> sinks_;
  std::promise<void> gate_;
  std::shared_future<void> gate_opened_ = gate_.get_future().share();
  std::vector<std::function<void(Response)>> unanswered_;
};

struct Answer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  std::string body;

  std::string field(std::string_view name) const;
};

/// A blocking client that says exactly the bytes it is told. Every wait ends after some seconds with an
/// exception.
class Client {
 public:
  /// `receive_buffer`: of the socket, in bytes; 0 leaves the system's.
  explicit Client(std::uint16_t port, bool tls = true, int receive_buffer = 0);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes);
  /// Closes the sending side alone.
  void say_no_more();
  /// Sends over and over what goes without waiting; the bytes sent until nothing went for a while.
  std::size_t send_until_stuck(std::string_view bytes);
  /// One response; `head_only` when it answers HEAD.
  Answer receive(bool head_only = false);
  Answer ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  /// Exactly that many bytes.
  std::string read(std::size_t bytes);
  /// Up to and with the mark.
  std::string read_until(std::string_view mark);
  /// All that comes until the end.
  std::string read_to_end();
  /// True if the peer ends the connection within the time given.
  bool ended_within(std::chrono::milliseconds time);
  /// True if the end came with close_notify.
  bool ended_cleanly() const { return clean_end_; }
  SSL* ssl() { return ssl_; }

 private:
  /// False at the end.
  bool fill();
  void limit_sending(std::chrono::seconds time);

  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  int socket_ = -1;
  std::string input_;
  bool clean_end_ = false;
};

/// A frame as a WebSocket client sends it: masked, final.
std::string client_frame(unsigned opcode, std::string_view payload);
struct Frame {
  unsigned opcode = 0;
  std::string payload;
};
Frame read_frame(Client& client);
/// The upgrade's head for a path, with more fields if need be.
std::string upgrade(std::string_view target, std::string_view more = "");
/// The close code of a close frame.
unsigned close_code(const Frame& frame);

/// A house and a network in front of it, with options for tests: two threads, any port.
struct World {
  explicit World(const std::function<void(NetworkOptions&)>& change = {});
  SmallHouse house;
  std::mutex mutex;
  std::vector<std::string> warnings;
  std::unique_ptr<Network> network;

  std::uint16_t port() const { return network->port(); }
};

}  // namespace waystation::server::testing
