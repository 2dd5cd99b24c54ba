#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waystation::protocol {

/// The secret under which codes are made.
using CodeKey = std::array<std::uint8_t, 16>;

/// The code that follows one report: 8 characters of Crockford's base 32, a keyed permutation of the report's
/// place in the log (below 2^40), so that it is unique without an index and tells nothing of the place.
std::string code_of(const CodeKey& key, std::uint64_t place);

/// The place a code stands for; nothing for what is no code. Upper or lower case; I and L are read as 1, O as
/// 0, hyphens and spaces are skipped, as Crockford's base 32 has it.
std::optional<std::uint64_t> place_of(const CodeKey& key, std::string_view code);

}  // namespace waystation::protocol
