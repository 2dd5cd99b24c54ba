#include "server/media/inspect.hpp"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

#include "server/media/kind.hpp"
#include "server/media/movie_header.hpp"

namespace waystation::server::media {
namespace {

std::string read_at(int file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t held = 0;
  while (held < size) {
    const ssize_t more = ::pread(file, bytes.data() + held, size - held, static_cast<off_t>(offset + held));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    held += static_cast<std::size_t>(more);
  }
  bytes.resize(held);
  return bytes;
}

std::string_view picture_type(Kind kind) {
  switch (kind) {
    case Kind::png:
      return "image/png";
    case Kind::webp:
      return "image/webp";
    case Kind::heic:
      return "image/heic";
    default:
      return "image/jpeg";
  }
}

bool is_picture(Kind kind) {
  return kind != Kind::movie && kind != Kind::webm;
}

bool too_many_pixels(const Pictures::Header& header, const Limits& limits) {
  return std::uint64_t{header.width} * header.height > limits.pixels;
}

std::expected<Found, Fault> inspect_picture(Pictures& pictures, int file, Kind kind, const Limits& limits) {
  const auto header = pictures.header(file);
  if (!header) return std::unexpected(header.error());
  if (too_many_pixels(*header, limits)) return std::unexpected(Fault::too_large);
  return Found{.media_type = std::string{picture_type(kind)},
               .width = header->width,
               .height = header->height,
               .exif = header->exif};
}

std::expected<Found, Fault> inspect_recording(int file, std::uint64_t size, Kind kind, const Limits& limits) {
  Window window{[file](std::uint64_t offset, std::size_t piece) { return read_at(file, offset, piece); },
                size};
  auto found = kind == Kind::movie ? read_movie(window) : read_webm(window);
  if (!found) return std::unexpected(Fault::unreadable);
  const bool is_voice = found->media_type.starts_with("audio/");
  if (size > (is_voice ? limits.voice_bytes : limits.video_bytes)) return std::unexpected(Fault::too_long);
  return *std::move(found);
}

std::optional<std::uint64_t> size_of(int file) {
  struct stat status{};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::expected<Found, Fault> inspect(Pictures& pictures, int file, const Limits& limits) {
  const auto size = size_of(file);
  if (!size) return std::unexpected(Fault::unavailable);
  const auto kind = kind_of(read_at(file, 0, 256));
  if (!kind) return std::unexpected(Fault::unknown);
  if (!is_picture(*kind)) return inspect_recording(file, *size, *kind, limits);
  if (*size > limits.picture_bytes) return std::unexpected(Fault::too_long);
  return inspect_picture(pictures, file, *kind, limits);
}

std::optional<Fault> make(Pictures& pictures, int file, Variant variant, const Limits& limits, int to) {
  const auto kind = kind_of(read_at(file, 0, 256));
  if (!kind || !is_picture(*kind)) return Fault::unknown;
  const auto header = pictures.header(file);
  if (!header) return header.error();
  if (too_many_pixels(*header, limits)) return Fault::too_large;
  const auto jpeg =
      variant == Variant::thumb ? pictures.small(file, 320, 80) : pictures.small(file, 1600, 85);
  if (!jpeg) return jpeg.error();
  if (!write_all(to, *jpeg)) return Fault::unavailable;
  return std::nullopt;
}

}  // namespace waystation::server::media
