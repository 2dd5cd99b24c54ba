#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/feed/hub.hpp"

namespace waystation::server {

/// WebSocket close codes (RFC 6455 §7.4).
inline constexpr std::uint16_t close_going_away = 1001;
inline constexpr std::uint16_t close_internal = 1011;
inline constexpr std::uint16_t close_restart = 1012;
inline constexpr std::uint16_t close_revoked = 4401;

/// The audiences a scope listens to.
std::vector<std::string> keys_of(const storage::Scope& scope);

/// One entry in the ring, encoded once for each kind of reader when the first one takes it. Guarded by the
/// hub's mutex.
struct Hub::Item {
  explicit Item(storage::Published published);

  bool concerns(std::span<const std::string> keys) const;
  bool left_for(const std::string& key) const;
  const std::string& staff(protocol::Lens lens, storage::Time now);
  const std::string& reporter();

  std::uint64_t seq;
  protocol::Uuid id;
  storage::SightingPtr after;
  std::vector<std::string> left;
  std::string event;
  bool told;
  /// When it was taken into the ring, just after its commit.
  std::chrono::steady_clock::time_point came = std::chrono::steady_clock::now();
  /// The audiences that have to be told.
  std::vector<std::string> wakes;

 private:
  std::array<std::string, 4> staff_;
  std::string reporter_;
};

/// One open feed. What is marked so is guarded by the hub's mutex.
class Hub::Reader : public Feed, public std::enable_shared_from_this<Hub::Reader> {
 public:
  Reader(Hub& hub, const storage::Caller& caller, const ReadingPoint& point, std::uint32_t mark);
  ~Reader() override;

  void next(std::function<void(FeedBatch)> done) override;
  void cancel() override;

  const std::vector<std::string>& keys() const { return keys_; }
  const protocol::Actor& actor() const { return caller_.actor; }
  const protocol::Uuid& device() const { return caller_.device; }
  std::uint32_t mark() const { return mark_; }

  /// Under the mutex: an entry concerns this reader; true if somebody waits for it.
  bool wake(std::uint64_t seq);
  /// Under the mutex: the feed ends with this code, after deliver().
  void close(std::uint16_t code);
  /// Answers who waits, if there is something to say. Not under the mutex.
  void deliver();

 private:
  std::optional<FeedBatch> take();  // under the mutex
  FeedBatch from_ring();            // under the mutex
  void read_log();
  void take_page(storage::Changes& changes, std::uint64_t told_upto, std::uint64_t head);
  std::optional<storage::Change> change_of(Item& item, storage::Time now) const;
  FeedMessage message_of(const storage::Change& change) const;
  std::string cursor(std::uint64_t seq) const;

  Hub& hub_;
  const storage::Caller caller_;
  const storage::Scope scope_;
  const std::uint32_t mark_;
  const std::vector<std::string> keys_;

  // Guarded by the hub's mutex.
  ReadingPoint point_;                   // seq: taken up to here
  std::optional<std::uint64_t> wanted_;  // the first entry of the ring that concerns this reader
  std::function<void(FeedBatch)> waiting_;
  std::optional<std::uint16_t> closing_;
  bool greeted_ = false;
  bool behind_ = true;  // the log has to be read before the ring
  bool reading_ = false;
  bool caught_up_ = false;
  bool cancelled_ = false;
};

}  // namespace waystation::server
