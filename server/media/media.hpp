#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "protocol/time.hpp"

/// Pictures, videos and voice notes: what they are, and what of them is shown. Hostile bytes are met in a
/// child process (`waystation media`), which has limits of memory and time, no network and no database.
namespace waystation::server::media {

/// What the camera wrote into a file.
struct Exif {
  /// Set only where the file itself says in which zone (or by its GPS clock).
  std::optional<protocol::Time> at;
  struct Place {
    double lat = 0;  // as written: WGS-84 by the standard, GCJ-02 by some phones
    double lon = 0;
  };
  std::optional<Place> place;
};

/// What the bytes say they are.
struct Found {
  /// image/jpeg, image/png, image/webp, image/heic, video/mp4, video/3gpp, audio/mp4 or audio/webm
  std::string media_type;
  /// In pixels, upright; 0 where there is no picture.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Exif exif;
};

/// Why a file is not taken, or gives no picture.
enum class Fault : std::uint8_t {
  unknown,      // none of the types taken
  unreadable,   // its header cannot be read
  too_large,    // over 100 megapixels
  too_long,     // over its type's limit of bytes
  damaged,      // the header can be read, the rest cannot
  unavailable,  // the child process could not be started, or the disk failed: may go better later
};

/// The limits of the contract, configurable.
struct Limits {
  std::uint64_t picture_bytes = 25ULL << 20U;
  std::uint64_t video_bytes = 200ULL << 20U;
  std::uint64_t voice_bytes = 2ULL << 20U;
  std::uint64_t pixels = 100'000'000;
};

/// What JPEGs are made of a picture.
enum class Variant : std::uint8_t { thumb, view };  // at most 320 and 1600 pixels on the longer side

/// The door to the child process. Any thread; a call returns at once and is answered exactly once on a thread
/// of this object, in bounded time. The child is started when it is needed, ended when idle for a while, and
/// killed and replaced when a file takes too long or too much: that file's answer is then a fault.
class Media {
 public:
  virtual ~Media() = default;
  /// What the file is; reads its header and metadata only.
  virtual void inspect(std::filesystem::path file, std::function<void(std::expected<Found, Fault>)> done) = 0;
  /// Writes `to` (a file in an existing folder, put in its place whole or not at all): upright JPEG in sRGB,
  /// no metadata.
  virtual void make(std::filesystem::path file, Variant variant, std::filesystem::path to,
                    std::function<void(std::optional<Fault>)> done) = 0;
};

/// `program` is this program's own path; `warn` takes plain words for the log.
std::unique_ptr<Media> open_media(std::filesystem::path program, Limits limits,
                                  std::function<void(const std::string&)> warn);

/// The child: serves requests on the socket that is its standard input until it is closed. The exit code.
int run_media_child();

}  // namespace waystation::server::media
