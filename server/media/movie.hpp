#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
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

/// What blanks a file's location and metadata (`udta`, `meta`, `uuid` boxes at every level become `free` and
/// zeros; tracks of timed metadata with their samples; times of making), in order of offset, not overlapping.
/// A file that cannot be walked gives everything from there on blanked. Bounded in time and memory for any
/// input.
std::vector<Patch> blanking_of(const ReadAt& read, std::uint64_t file_size);

/// Applies patches to a piece of the file that begins at `offset`.
void apply(const std::vector<Patch>& patches, std::uint64_t offset, std::string& piece);

}  // namespace waystation::server::media
