#include "server/media/boxes.hpp"

#include <algorithm>

namespace waystation::server::media {
namespace {

constexpr std::size_t window_size = 16 << 10;
constexpr std::size_t largest_piece = 4 << 10;

}  // namespace

std::optional<std::string_view> Window::at(std::uint64_t offset, std::size_t size) {
  if (size > largest_piece || size > file_size_ || offset > file_size_ - size) return std::nullopt;
  if (offset < held_from_ || offset + size > held_from_ + held_.size()) {
    held_ =
        read_(offset, static_cast<std::size_t>(std::min<std::uint64_t>(window_size, file_size_ - offset)));
    held_from_ = offset;
    if (held_.size() < size) return std::nullopt;
  }
  return std::string_view{held_}.substr(static_cast<std::size_t>(offset - held_from_), size);
}

std::uint64_t number(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (const char byte : bytes.substr(offset, size))
    value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

std::optional<Box> box_at(Window& file, std::uint64_t offset, std::uint64_t end) {
  if (end > file.file_size() || offset >= end) return std::nullopt;
  const auto head = file.at(offset, 8);
  if (!head) return std::nullopt;
  Box box{.type = static_cast<std::uint32_t>(number(*head, 4, 4)),
          .offset = offset,
          .header = 8,
          .size = number(*head, 0, 4)};
  if (box.size == 1) {
    const auto large = file.at(offset + 8, 8);
    if (!large) return std::nullopt;
    box.header = 16;
    box.size = number(*large, 0, 8);
  } else if (box.size == 0) {
    box.size = end - offset;
  }
  if (box.size < box.header || box.size > end - offset) return std::nullopt;
  return box;
}

std::optional<Box> child_of(Window& file, const Box& parent, std::uint32_t type, std::uint64_t skipped) {
  if (parent.size - parent.header < skipped) return std::nullopt;
  for (std::uint64_t at = parent.body() + skipped; at < parent.end();) {
    const auto box = box_at(file, at, parent.end());
    if (!box || box->type == type) return box;
    at = box->end();
  }
  return std::nullopt;
}

}  // namespace waystation::server::media
