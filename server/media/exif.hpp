#pragma once
#include <string_view>

#include "server/media/media.hpp"

namespace waystation::server::media {

/// Time and place out of an Exif block (CIPA DC-008; TIFF 6.0), with or without its leading "Exif\0\0". What
/// is missing, contradicts itself or lies outside the block is left out; any bytes do.
Exif read_exif(std::string_view block);

}  // namespace waystation::server::media
