#pragma once
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "server/media/media.hpp"

namespace waystation::server::media {

/// libvips, which is loaded into the process with this and stays. For the child alone; one thread, once.
class Pictures {
 public:
  /// Only the readers of JPEG, PNG, WebP and HEIC are left able to run. The fault is in plain words.
  static std::expected<std::unique_ptr<Pictures>, std::string> open();
  virtual ~Pictures() = default;

  struct Header {
    std::uint32_t width = 0;  // upright
    std::uint32_t height = 0;
    Exif exif;
  };
  /// Of the file's first picture; reads no pixels.
  virtual std::expected<Header, Fault> header(int file) = 0;
  /// A JPEG of the first picture, with its longer side at most `side` pixels.
  virtual std::expected<std::string, Fault> small(int file, int side, int quality) = 0;
};

}  // namespace waystation::server::media
