#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "server/api/cursor.hpp"
#include "server/api/http.hpp"
#include "server/settings.hpp"
#include "storage/store.hpp"

namespace waystation::server {

class Metrics;

/// Where a reading starts, after its cursor was held against the caller's scope.
struct ReadingPoint {
  std::uint64_t seq = 0;
  std::optional<storage::Beginning> beginning;
  /// The reader has to drop what it has.
  bool reset = false;
};

/// The log, live. Keeps the last entries in a ring all readers share, each encoded once per kind of reader,
/// and wakes those whom an entry concerns. A reader owns a cursor and nothing else; one that has fallen off
/// the ring reads the log. One thread of its own; all calls from any thread.
class Hub {
 public:
  Hub(storage::Store& store, const CursorCoder& cursors, const LiveSettings& settings, Metrics& metrics);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Marks the caller's scope in cursors; changes when what the caller may see changes as a whole.
  std::uint32_t scope_mark(const protocol::Actor& actor) const;
  /// Holds a cursor's text against the scope; nothing if it is no cursor. An empty text begins anew.
  std::optional<ReadingPoint> reading_point(storage::Connection& db, const protocol::Actor& actor,
                                            std::string_view cursor) const;
  /// The cursor of a place of that reading.
  std::string cursor_of(const protocol::Actor& actor, std::uint64_t seq, const ReadingPoint& point) const;

  /// Opens a feed; nothing if the text is no cursor. Runs on a reader's connection.
  std::shared_ptr<Feed> open(storage::Connection& db, const storage::Caller& caller, std::string_view cursor);

  /// Calls `done` once: when something after `seq` concerns the caller, or the caller's device was revoked or
  /// its scope became another (true); or at the deadline or when the hub closes (false).
  void wait(const storage::Caller& caller, std::uint64_t seq, std::chrono::steady_clock::time_point deadline,
            std::function<void(bool)> done);

  /// A dispatcher of that jurisdiction has a page or a feed open now.
  void seen(const std::string& jurisdiction);
  bool is_watched(const std::string& jurisdiction) const;

  /// Ends every feed with 1001 and every wait; none is opened after.
  void close();

  std::size_t feeds() const;

 private:
  class Reader;
  struct Item;
  using ItemPtr = std::shared_ptr<Item>;
  struct Waiter {
    storage::Caller caller;
    std::uint32_t mark = 0;
    std::vector<std::string> keys;
    std::uint64_t after = 0;
    std::function<void(bool)> done;
  };

  void on_commit(const std::vector<storage::Published>& published, bool directory_changed);
  void loop();
  void take_in(std::unique_lock<std::mutex>& lock);
  void check_devices(std::unique_lock<std::mutex>& lock, bool changed);
  void expire_waiters(std::unique_lock<std::mutex>& lock);
  /// Takes a waiter out; empty if it is gone.
  std::function<void(bool)> take_waiter(std::uint64_t id);
  void register_keys(const std::shared_ptr<Reader>& reader);
  void forget(Reader& reader);

  storage::Store& store_;
  const CursorCoder& cursors_;
  const LiveSettings& settings_;
  Metrics& metrics_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<storage::Published> incoming_;
  bool directory_changed_ = false;
  bool stopping_ = false;
  bool closed_ = false;

  std::deque<ItemPtr> ring_;
  std::uint64_t ring_from_ = 0;  // the ring holds everything after this place
  std::unordered_multimap<std::string, Reader*> by_key_;
  std::unordered_map<Reader*, std::weak_ptr<Reader>> readers_;
  std::unordered_multimap<std::string, std::uint64_t> waiters_by_key_;
  std::map<std::uint64_t, Waiter> waiters_;
  std::multimap<std::chrono::steady_clock::time_point, std::uint64_t> deadlines_;
  std::uint64_t next_waiter_ = 1;
  std::unordered_map<std::string, int> watching_;
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> seen_;
  std::thread thread_;
};

}  // namespace waystation::server
