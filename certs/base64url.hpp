#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace waystation::certs {

/// Base 64 for URLs without padding (RFC 4648 §5, as RFC 7515 §2 uses it).
std::string base64url(std::string_view bytes);
std::string base64url(std::span<const std::uint8_t> bytes);

/// The bytes of a text `base64url` could have made; nothing for any other (padding, foreign characters, set
/// bits past the end).
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace waystation::certs
