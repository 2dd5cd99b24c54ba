#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "tests/bench/clock.hpp"

namespace waystation::bench {

/// Counts durations in buckets about 1.6 % wide, in constant memory.
class Histogram {
 public:
  void add(Nanos duration) {
    const auto value = static_cast<std::uint64_t>(duration < 0 ? 0 : duration);
    ++counts_.at(bucket_of(value));
    ++count_;
  }
  std::uint64_t count() const { return count_; }

  /// Milliseconds that the given part (0–1) of all stays below; 0 when nothing was counted.
  double quantile_ms(double part) const {
    const auto rank = static_cast<std::uint64_t>(part * static_cast<double>(count_));
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      below += counts_.at(i);
      if (below > rank) return static_cast<double>(middle_of(i)) / 1e6;
    }
    return 0;
  }

 private:
  static constexpr unsigned fine_bits = 6;
  static constexpr std::uint64_t fine = 1U << fine_bits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < fine) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - fine_bits - 1;
    return (shift + 1) * fine + ((value >> shift) - fine);
  }
  static std::uint64_t middle_of(std::size_t bucket) {
    if (bucket < fine) return bucket;
    const std::size_t shift = bucket / fine - 1;
    return ((fine + bucket % fine) << shift) + (std::uint64_t{1} << shift) / 2;
  }

  std::array<std::uint64_t, (64 - fine_bits + 1) * fine> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace waystation::bench
