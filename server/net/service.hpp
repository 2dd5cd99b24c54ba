#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/thread_pool.hpp>

#include "server/api/http.hpp"
#include "server/net/network.hpp"

namespace waystation::server {

/// Counts the open connections and tells when there are none. Any thread.
class Census {
 public:
  void enter();
  void leave();
  std::size_t count() const;
  /// True once nobody is left; false when `patience` ran out first.
  bool wait_until_empty(std::chrono::milliseconds patience);
  void wait_until_empty();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

/// 16 characters, 80 random bits: unique without telling a client how many requests others make. Any thread.
std::string new_request_id();

/// What all connections of a Network share.
struct Service {
  Service(NetworkOptions given, Doors& to)
      : options(std::move(given)), doors(to), blocking(std::max(1U, options.blocking_threads)) {}

  void warn(std::string_view message) const {
    if (options.warn) options.warn(message);
  }

  const NetworkOptions options;
  Doors& doors;
  Census census;
  std::atomic<std::size_t> body_bytes{0};  // of request bodies in memory
  boost::asio::thread_pool blocking;       // where body sources and sinks run
};

}  // namespace waystation::server
