#pragma once
#include <optional>
#include <string_view>

namespace waystation::server::media {

/// The families of files taken.
enum class Kind { jpeg, png, webp, heic, movie, webm };

/// What a file's first bytes (256 are enough) say it is; nothing for what is not taken.
std::optional<Kind> kind_of(std::string_view head);

}  // namespace waystation::server::media
