#pragma once
#include <chrono>
#include <cstdint>

namespace waystation::bench {

using Nanos = std::int64_t;

constexpr Nanos second = 1'000'000'000;

/// Nanoseconds of the steady clock.
inline Nanos now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace waystation::bench
