#pragma once
#include <cstdint>
#include <functional>

#include "server/media/boxes.hpp"

namespace waystation::server::media {

/// What a track is for, from its hdlr box (ISO/IEC 14496-12, 8.4.3): `vide`, `soun`, `meta`, …; 0 if it
/// cannot be read.
std::uint32_t handler_of(Window& file, const Box& track);

/// Tells where the chunks of a track's samples lie (8.7), until told false; false if their tables cannot be
/// read, or do not belong to each other. Takes time by the size of the tables, and no memory by it.
bool each_chunk(const ReadAt& read, std::uint64_t file_size, const Box& track,
                const std::function<bool(std::uint64_t offset, std::uint64_t size)>& take);

}  // namespace waystation::server::media
