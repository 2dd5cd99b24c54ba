#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "server/api/http.hpp"
#include "server/net/slot.hpp"

namespace waystation::server {

class Connection;
struct Service;

/// Hands one body to its sink on the threads that may block: one call at a time, in order. The sink is ended
/// whatever happens: by end(), else when the pump goes. Of its connection's thread, save where marked.
class SinkPump : public std::enable_shared_from_this<SinkPump> {
 public:
  explicit SinkPump(Connection& connection);
  ~SinkPump();
  SinkPump(const SinkPump&) = delete;
  SinkPump& operator=(const SinkPump&) = delete;

  /// What Doors::open_sink answered: once, before all else. Any thread.
  void open(std::shared_ptr<BodySink> sink) { sink_ = std::move(sink); }
  bool is_open() const { return sink_ != nullptr; }

  /// Hands the piece on and leaves an empty text that has its room already. A piece given while the sink is
  /// busy waits for its turn.
  void give(std::string& piece);
  /// True while the sink is at work on the last piece given.
  bool busy() const { return taken_ != nullptr && !taken_->ready(); }
  /// Ready once the sink is at work no more; one that is never ready when it was not.
  Signal& settled();
  /// False once the sink has said so. What it is given after that is dropped.
  bool wants_more();

  /// After the last piece, once. The slot brings the sink's answer; nothing when the sink failed.
  using Outcome = Slot<std::optional<Response>>;
  std::shared_ptr<Outcome> end(bool whole);

 private:
  struct Taken {
    bool wants_more = true;
    std::string room;
  };
  using Pool = boost::asio::thread_pool::executor_type;

  void take(const std::string& piece);
  void finish(bool whole, const std::shared_ptr<Outcome>& outcome);
  void collect();

  Service& service_;
  std::weak_ptr<asio::io_context> context_;
  boost::asio::executor_work_guard<Pool> guard_;  // the pool waits for sinks not ended yet
  boost::asio::strand<Pool> strand_;
  std::shared_ptr<Slot<Taken>> taken_;
  std::shared_ptr<Signal> nothing_;
  std::string room_;
  bool wants_more_ = true;

  // Below: of the strand, once open.
  std::shared_ptr<BodySink> sink_;
  bool refused_ = false;
  bool failed_ = false;
};

}  // namespace waystation::server
