#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// ISO base media files (MP4, 3GP; ISO/IEC 14496-12) as far as privacy asks: which boxes tell of the place,
/// the device and the person. Pure; reads through a function, never the whole file.
namespace waystation::server::media {

/// Gives up to `size` bytes from `offset`; fewer only at the end of the file.
using ReadAt = std::function<std::string(std::uint64_t offset, std::size_t size)>;

/// Bytes to be shown instead of those that are there; never longer or shorter than what they replace. An
/// empty `bytes` is `size` zeros.
struct Patch {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string bytes;
};

/// What blanks a file's location and metadata, in order of offset, not overlapping: every box but those that
/// playing needs becomes `free` and zeros, at every level (`udta`, `meta`, `uuid`, `free` and unknown ones);
/// so do tracks that are neither picture nor sound (timed metadata, and subtitles, which some cameras write
/// positions into) with their samples; times of making and names of the camera's software become zeros. A
/// file is blanked from where it cannot be walked; all of it where its `moov` cannot, or where samples to be
/// blanked cannot be told from others. Bounded in time and memory (65,536 patches) for any input.
std::vector<Patch> blanking_of(const ReadAt& read, std::uint64_t file_size);

/// Applies patches to a piece of the file that begins at `offset`.
void apply(const std::vector<Patch>& patches, std::uint64_t offset, std::string& piece);

}  // namespace waystation::server::media
