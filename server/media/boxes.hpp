#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/media/movie.hpp"

/// Boxes of ISO base media files (ISO/IEC 14496-12, 4.2), found without reading the whole file.
namespace waystation::server::media {

/// Pieces of a file, read through a small window: steps forward cost little. Not for two threads.
class Window {
 public:
  Window(ReadAt read, std::uint64_t file_size) : read_(std::move(read)), file_size_(file_size) {}

  std::uint64_t file_size() const { return file_size_; }
  /// Exactly `size` bytes (at most 4 KiB), valid until the next call; nothing if the file ends before.
  std::optional<std::string_view> at(std::uint64_t offset, std::size_t size);

 private:
  ReadAt read_;
  std::uint64_t file_size_;
  std::uint64_t held_from_ = 0;
  std::string held_;
};

/// A big-endian number of `size` bytes (at most 8) at `offset` in bytes known to hold it.
std::uint64_t number(std::string_view bytes, std::size_t offset, std::size_t size);

/// Four characters as a box writes its type.
constexpr std::uint32_t four(const char (&type)[5]) {
  std::uint32_t value = 0;
  for (int at = 0; at < 4; ++at)
    value = value << 8U | static_cast<unsigned char>(type[at]);
  return value;
}

/// Where a box lies in the file.
struct Box {
  std::uint32_t type = 0;
  std::uint64_t offset = 0;
  std::uint64_t header = 0;  // bytes before its body; a `uuid` box's 16 bytes of type count as body
  std::uint64_t size = 0;    // with the header

  std::uint64_t body() const { return offset + header; }
  std::uint64_t end() const { return offset + size; }
};

/// The box at `offset`, which lies whole before `end`. A size of 0 reaches to `end`.
std::optional<Box> box_at(Window& file, std::uint64_t offset, std::uint64_t end);

/// The first box of that type among the children of `parent`, whose bodies begin `skipped` bytes into its
/// own.
std::optional<Box> child_of(Window& file, const Box& parent, std::uint32_t type, std::uint64_t skipped = 0);

}  // namespace waystation::server::media
