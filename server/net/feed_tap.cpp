#include "server/net/feed_tap.hpp"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

namespace waystation::server {

Task<std::optional<FeedBatch>> FeedTap::next() {
  if (!asked_) {
    asked_ = connection_.slot<FeedBatch>();
    feed_.next([slot = asked_](FeedBatch batch) { slot->set(std::move(batch)); });
  }
  if (!reader_gone_ && !connection_.draining()) co_await connection_.wait(*asked_);
  if (reader_gone_ || connection_.draining() || !asked_->ready()) co_return std::nullopt;
  co_return std::exchange(asked_, nullptr)->take();
}

void FeedTap::reader_gone() {
  reader_gone_ = true;
  feed_.cancel();
  connection_.wake();
}

void FeedTap::watch(Task<> watcher) {
  asio::co_spawn(connection_.lane().executor(), std::move(watcher),
                 [ended = watcher_ended_](const std::exception_ptr&) { ended->set(); });
}

Task<> FeedTap::join() {
  while (!watcher_ended_->ready())
    co_await watcher_ended_->wait();
}

}  // namespace waystation::server
