#pragma once
#include <chrono>
#include <list>
#include <memory>
#include <string>

#include "server/net/lane.hpp"
#include "server/net/service.hpp"
#include "server/net/slot.hpp"
#include "server/net/stream.hpp"
#include "server/net/task.hpp"

namespace waystation::server {

/// One connection as its coroutines and the clock of its lane see it. Of its lane's thread only.
class Connection {
 public:
  Connection(Lane& lane, Socket socket, SslHandle ssl, std::string remote);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Stream& stream() { return stream_; }
  Lane& lane() { return lane_; }
  Service& service();
  const std::string& remote() const { return remote_; }
  /// Bytes that have come but were not used yet: the start of the next request.
  std::string& input() { return input_; }

  /// What is waited for has to come by then; each replaces the one before. When it does not, what is pending
  /// ends with an error (the stream stays usable for a last word) and expired() is true.
  void within(std::chrono::milliseconds duration);
  void until(std::chrono::steady_clock::time_point deadline);
  void without_deadline() { until(std::chrono::steady_clock::time_point::max()); }
  bool expired() const { return expired_; }

  /// Waits until the signal is ready, the deadline has passed, the lane drains or the connection is cut: so
  /// ask it again which of them it was.
  Task<> wait(Signal& signal);
  /// Like wait(), but returns also when the stream's read_now() may have something new to say.
  Task<> wait_or_input(Signal& signal);
  /// Like wait(), but takes in what the peer says meanwhile, up to 16 KiB. True once the peer has left.
  Task<bool> wait_watching(Signal& signal);
  /// Lets wait() return.
  void wake();
  /// Wakes at that time, once; nothing is cancelled by it.
  void wake_at(std::chrono::steady_clock::time_point time) { wake_at_ = time; }
  std::shared_ptr<Signal> signal();
  template <class T>
  std::shared_ptr<Slot<T>> slot() {
    return std::make_shared<Slot<T>>(lane_.context());
  }

  /// While idle, a drain ends the connection at once.
  void set_idle(bool idle) { idle_ = idle; }
  bool draining() const;
  /// The socket is closed under whatever is going on.
  void cut();
  bool is_cut() const { return cut_; }

  /// Called by the lane: every second, and when draining begins.
  void check(std::chrono::steady_clock::time_point now);
  void on_drain();

 private:
  /// False once the peer has left.
  bool read_ahead();

  Lane& lane_;
  Stream stream_;
  std::string remote_;
  std::string input_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::chrono::steady_clock::time_point wake_at_ = std::chrono::steady_clock::time_point::max();
  /// Outlives the connection where its call is still to come.
  struct InputWatch {
    Connection* connection;
    bool armed = false;
  };
  std::shared_ptr<InputWatch> input_watch_;
  Signal* awaited_ = nullptr;
  std::list<Connection*>::iterator place_;
  bool expired_ = false;
  bool idle_ = false;
  bool cut_ = false;
};

}  // namespace waystation::server
