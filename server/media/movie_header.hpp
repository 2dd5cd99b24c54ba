#pragma once
#include <optional>

#include "server/media/boxes.hpp"
#include "server/media/media.hpp"

namespace waystation::server::media {

/// What an MP4 or 3GP file's `moov` says of it: type, size upright, time of making (UTC by the standard) and
/// place (`©xyz` of phones, `loci` of 3GPP TS 26.244); nothing if it has no track of picture or sound, or
/// cannot be read.
std::optional<Found> read_movie(Window& file);

/// audio/webm, if the file is WebM with a track of sound and none of anything else; nothing otherwise.
std::optional<Found> read_webm(Window& file);

}  // namespace waystation::server::media
