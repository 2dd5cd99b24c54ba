#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/time.hpp"

namespace waystation::protocol {

/// An id of RFC 9562, as its 16 bytes.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  bool is_nil() const { return *this == Uuid{}; }
};

/// The canonical form, lower case: "01890a5d-ac96-774b-bcce-b302099a8057".
std::string to_string(const Uuid& id);

/// The canonical form in lower case and of any version; nothing for other text.
std::optional<Uuid> parse_uuid(std::string_view text);

/// 0–15: the version field.
int version_of(const Uuid& id);

/// Version 5 (RFC 9562 §5.5): SHA-1 of the namespace and the name.
Uuid uuid_v5(const Uuid& space, std::string_view name);

/// Version 7 (RFC 9562 §5.7) from a time and 10 random bytes.
Uuid uuid_v7(Time time, const std::array<std::uint8_t, 10>& random);

}  // namespace waystation::protocol

template <>
struct std::hash<waystation::protocol::Uuid> {
  std::size_t operator()(const waystation::protocol::Uuid& id) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, id.bytes.data(), 8);
    std::memcpy(&low, id.bytes.data() + 8, 8);
    return static_cast<std::size_t>(high * 0x9e3779b97f4a7c15ULL ^ low);
  }
};
