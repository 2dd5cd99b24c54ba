#pragma once
#include "server/media/pictures.hpp"

namespace waystation::server::media {

/// What the open file is. Reads by offset; leaves the descriptor open.
std::expected<Found, Fault> inspect(Pictures& pictures, int file, const Limits& limits);

/// Writes the picture's variant into the open, empty file `to`.
std::optional<Fault> make(Pictures& pictures, int file, Variant variant, const Limits& limits, int to);

}  // namespace waystation::server::media
