#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace waystation::storage {

/// Counts of measured values by size: powers of two of a least one, and what is larger. Any thread.
template <std::size_t Buckets>
class Histogram {
 public:
  /// `least` is the upper bound of the first bucket; each further one's is twice as large.
  explicit constexpr Histogram(double least) : least_(least) {}

  void observe(double value) {
    std::size_t bucket = 0;
    for (double bound = least_; bucket < Buckets && value > bound; bound *= 2)
      ++bucket;
    counts_.at(bucket).fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  /// How many were in that bucket alone; the last one has what is larger than all bounds.
  std::uint64_t count(std::size_t bucket) const { return counts_.at(bucket).load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  double least() const { return least_; }
  static constexpr std::size_t buckets = Buckets;

 private:
  double least_;
  std::array<std::atomic<std::uint64_t>, Buckets + 1> counts_{};
  std::atomic<double> sum_ = 0;
};

/// Seconds, from 1/4 ms to some 8 s.
using Seconds = Histogram<16>;
/// How many, from 1 to 512.
using Amounts = Histogram<10>;

}  // namespace waystation::storage
