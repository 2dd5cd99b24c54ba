#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace waystation::protocol {

/// A moment in UTC, in milliseconds.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// RFC 3339 in UTC with milliseconds, as every answer writes it: "2026-01-31T08:05:00.000Z".
std::string to_string(Time time);

/// Any RFC 3339 date-time (offsets, fractions and a leap second accepted; digits past milliseconds are cut).
/// Nothing for anything else, or for a year outside 1970–9998.
std::optional<Time> parse_time(std::string_view text);

}  // namespace waystation::protocol
