#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waystation::server {

/// A place in the log as one caller's reading has it.
struct Cursor {
  /// Marks the history of the log and the caller's scope: under another one everything is told anew.
  std::uint32_t scope = 0;
  std::uint64_t seq = 0;  // below 2^40
  /// The end of the first catch-up (0 once passed): until there only what is open or recent is told.
  std::uint64_t floor = 0;  // below 2^40

  bool operator==(const Cursor&) const = default;
};

/// Makes cursors opaque: one block of AES-128, so that a reader learns nothing of how much the log has grown
/// and equal places give equal texts. Any thread.
class CursorCoder {
 public:
  explicit CursorCoder(const std::array<std::uint8_t, 16>& key) : key_(key) {}
  std::string encode(const Cursor& cursor) const;  // 22 characters of base64url
  std::optional<Cursor> decode(std::string_view text) const;

 private:
  std::array<std::uint8_t, 16> key_;
};

}  // namespace waystation::server
