#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace waystation::certs {

/// Fills `bytes` from OpenSSL's generator for secrets. Throws std::runtime_error when the system has no
/// randomness to give: nothing may go on then. Any thread.
void fill_random(std::span<std::uint8_t> bytes);

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes() {
  std::array<std::uint8_t, N> bytes{};
  fill_random(bytes);
  return bytes;
}

/// SHA-256 (FIPS 180-4).
std::array<std::uint8_t, 32> sha256(std::string_view bytes);

}  // namespace waystation::certs
