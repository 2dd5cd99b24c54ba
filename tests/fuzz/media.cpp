// Any bytes as a picture's Exif, as a film, as a voice note: read within bounds; and what is shown of it has
// its patches in order, and is the same however it is cut into pieces.
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "server/media/exif.hpp"
#include "server/media/kind.hpp"
#include "server/media/movie.hpp"
#include "server/media/movie_header.hpp"

using namespace waystation::server::media;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Exif& exif) {
  if (exif.at) require(exif.at->time_since_epoch().count() >= 0);
  if (exif.place) require(std::abs(exif.place->lat) <= 90 && std::abs(exif.place->lon) <= 180);
}

void check(const std::optional<Found>& found) {
  if (!found) return;
  require(!found->media_type.empty());
  require(found->media_type.starts_with("video/") == (found->width > 0 && found->height > 0));
  check(found->exif);
}

void check_blanking(const std::string& file, const ReadAt& read) {
  const auto patches = blanking_of(read, file.size());
  std::uint64_t from = 0;
  for (const Patch& patch : patches) {
    require(patch.size > 0 && patch.offset >= from && patch.offset + patch.size <= file.size());
    require(patch.bytes.empty() || patch.bytes.size() == patch.size);
    from = patch.offset + patch.size;
  }
  std::string whole = file;
  apply(patches, 0, whole);
  require(whole.size() == file.size());
  std::string pieces;
  constexpr std::size_t piece_size = 13;
  for (std::size_t at = 0; at < file.size(); at += piece_size) {
    std::string piece = file.substr(at, piece_size);
    apply(patches, at, piece);
    pieces += piece;
  }
  require(pieces == whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file(reinterpret_cast<const char*>(data), size);
  (void)kind_of(std::string_view{file}.substr(0, 256));
  check(read_exif(file));
  const ReadAt read = [&file](std::uint64_t offset, std::size_t piece) { return file.substr(offset, piece); };
  Window window{read, file.size()};
  check(read_movie(window));
  check(read_webm(window));
  check_blanking(file, read);
  return 0;
}
