#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waystation::server {

/// The doors at which guesses are counted.
enum class Guess : std::uint8_t { password, invite, code };

/// Counts failed guesses: in any 15 minutes 10 an account and 100 an address are let pass, each door by
/// itself. IPv6 addresses count by their /64, which one subscriber has. Holds a bounded number of failures;
/// the names that failed longest ago are forgotten first. Any thread.
class Limiter {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds window = std::chrono::minutes{15};
  static constexpr std::size_t account_limit = 10;
  static constexpr std::size_t address_limit = 100;

  /// `capacity`: failures held in all.
  explicit Limiter(std::size_t capacity = 100'000) : capacity_(capacity) {}

  /// How long until the next guess is let pass; nothing when it is now. An empty account is none.
  std::optional<std::chrono::seconds> blocked(Guess guess, std::string_view account, std::string_view address,
                                              Clock::time_point now);
  void failed(Guess guess, std::string_view account, std::string_view address, Clock::time_point now);

  /// Failures held now.
  std::size_t held() const;

 private:
  /// Half a hash of door, account or address: names cost no memory and are not kept.
  using Key = std::array<std::uint8_t, 16>;
  struct HashOfKey {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Record {
    Key key{};
    std::vector<Clock::time_point> failures;  // oldest first
  };
  using Records = std::list<Record>;

  static Key key_of(Guess guess, char kind, std::string_view name);
  std::optional<std::chrono::seconds> wait_of(const Key& key, std::size_t limit, Clock::time_point now);
  void count(const Key& key, std::size_t limit, Clock::time_point now);
  void drop_old(Record& record, Clock::time_point now);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Records records_;  // the one that failed last is the first
  std::unordered_map<Key, Records::iterator, HashOfKey> by_key_;
  std::size_t held_ = 0;
};

}  // namespace waystation::server
