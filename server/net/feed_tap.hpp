#pragma once
#include <memory>
#include <optional>

#include "server/api/http.hpp"
#include "server/net/connection.hpp"
#include "server/net/slot.hpp"
#include "server/net/task.hpp"

namespace waystation::server {

/// A feed as the coroutine that sends it sees it, while another one watches the reader's side. Of the
/// connection's thread only.
class FeedTap {
 public:
  FeedTap(Connection& connection, Feed& feed)
      : connection_(connection), feed_(feed), watcher_ended_(connection.signal()) {}

  /// What comes next; nothing when the reader has gone, the lane drains, the connection is cut, or its
  /// deadline has passed (then it may be asked again).
  Task<std::optional<FeedBatch>> next();

  /// The reader's side has ended: the watcher's last words.
  void reader_gone();
  bool is_reader_gone() const { return reader_gone_; }

  /// Runs the watcher beside the caller.
  void watch(Task<> watcher);
  /// Returns when the watcher has ended; the stream must be closed, or the reader gone.
  Task<> join();

 private:
  Connection& connection_;
  Feed& feed_;
  std::shared_ptr<Slot<FeedBatch>> asked_;
  std::shared_ptr<Signal> watcher_ended_;
  bool reader_gone_ = false;
};

}  // namespace waystation::server
