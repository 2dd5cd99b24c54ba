#include "protocol/code.hpp"

#include <openssl/evp.h>

namespace waystation::protocol {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint32_t half_mask = (1U << 20U) - 1;
constexpr int rounds = 6;

/// A keyed function of one half, for a Feistel network over 2 × 20 bits.
std::uint32_t mix(const CodeKey& key, int round, std::uint32_t half) {
  std::array<std::uint8_t, 20> input{};
  std::copy(key.begin(), key.end(), input.begin());
  input[16] = static_cast<std::uint8_t>(round);
  for (std::size_t i = 0; i < 3; ++i)
    input[17 + i] = static_cast<std::uint8_t>(half >> (8 * i));
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(input.data(), input.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return (digest[0] | static_cast<std::uint32_t>(digest[1]) << 8U |
          static_cast<std::uint32_t>(digest[2]) << 16U) &
         half_mask;
}

std::optional<std::uint64_t> digit_of(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'I' || c == 'L') c = '1';
  if (c == 'O') c = '0';
  const auto value = alphabet.find(c);
  if (value == std::string_view::npos) return std::nullopt;
  return value;
}

}  // namespace

std::string code_of(const CodeKey& key, std::uint64_t place) {
  auto left = static_cast<std::uint32_t>(place >> 20U) & half_mask;
  auto right = static_cast<std::uint32_t>(place) & half_mask;
  for (int round = 0; round < rounds; ++round) {
    const std::uint32_t next = left ^ mix(key, round, right);
    left = right;
    right = next;
  }
  std::uint64_t value = static_cast<std::uint64_t>(left) << 20U | right;
  std::string code(8, '0');
  for (std::size_t i = 8; i-- > 0; value >>= 5U)
    code[i] = alphabet[value & 31U];
  return code;
}

std::optional<std::uint64_t> place_of(const CodeKey& key, std::string_view code) {
  std::uint64_t value = 0;
  int digits = 0;
  for (char c : code) {
    if (c == '-' || c == ' ') continue;
    const auto digit = digit_of(c);
    if (!digit || ++digits > 8) return std::nullopt;
    value = value << 5U | *digit;
  }
  if (digits != 8) return std::nullopt;
  auto left = static_cast<std::uint32_t>(value >> 20U) & half_mask;
  auto right = static_cast<std::uint32_t>(value) & half_mask;
  for (int round = rounds; round-- > 0;) {
    const std::uint32_t before = right ^ mix(key, round, left);
    right = left;
    left = before;
  }
  return static_cast<std::uint64_t>(left) << 20U | right;
}

}  // namespace waystation::protocol
