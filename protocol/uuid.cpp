#include "protocol/uuid.hpp"

#include <algorithm>

#include <openssl/evp.h>

namespace waystation::protocol {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

bool is_dash_place(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

void set_version(Uuid& id, unsigned version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0fU) | version << 4U);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3fU) | 0x80U);
}

}  // namespace

std::string to_string(const Uuid& id) {
  std::string text(36, '-');
  std::size_t at = 0;
  for (std::uint8_t byte : id.bytes) {
    if (is_dash_place(at)) ++at;
    text[at++] = hex[byte >> 4U];
    text[at++] = hex[byte & 15U];
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_place(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const auto value = hex.find(text[i]);
    if (value == std::string_view::npos) return std::nullopt;
    auto& byte = id.bytes[nibble / 2];
    byte = static_cast<std::uint8_t>(unsigned{byte} << 4U | static_cast<unsigned>(value));
    ++nibble;
  }
  return id;
}

int version_of(const Uuid& id) {
  return id.bytes[6] >> 4U;
}

Uuid uuid_v5(const Uuid& space, std::string_view name) {
  std::string input(space.bytes.begin(), space.bytes.end());
  input += name;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(input.data(), input.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  set_version(id, 5);
  return id;
}

Uuid uuid_v7(Time time, const std::array<std::uint8_t, 10>& random) {
  Uuid id;
  auto millis = static_cast<std::uint64_t>(time.time_since_epoch().count());
  for (std::size_t i = 6; i-- > 0; millis >>= 8U)
    id.bytes[i] = static_cast<std::uint8_t>(millis);
  std::copy(random.begin(), random.end(), id.bytes.begin() + 6);
  set_version(id, 7);
  return id;
}

}  // namespace waystation::protocol
