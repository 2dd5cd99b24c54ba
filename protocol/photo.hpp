#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "protocol/codec.hpp"
#include "protocol/geo.hpp"

/// Photos, videos and voice notes as a sighting knows them.
namespace waystation::protocol {

enum class PhotoState : std::uint8_t {
  expected,  // a command named it
  held,      // its bytes are here
  damaged,   // they are, and cannot be shown
};
template <>
struct Names<PhotoState> {
  static constexpr auto all = std::to_array<std::string_view>({"expected", "held", "damaged"});
};

/// What staff are told of the place the camera wrote into a picture.
enum class PhotoFlag : std::uint8_t {
  far,            // over 1 km from where the report says
  datum_suspect,  // off by the shift between WGS-84 and GCJ-02: one of the two was taken for the other
};
template <>
struct Names<PhotoFlag> {
  static constexpr auto all = std::to_array<std::string_view>({"far", "datum_suspect"});
};

struct Photo {
  Uuid id;
  PhotoState state = PhotoState::expected;
  /// Set once it is held. Sizes are of the picture upright.
  std::optional<std::string> media_type{}, sha256{};
  std::optional<std::int64_t> bytes{};
  std::optional<int> width{}, height{};
  std::optional<Time> taken_at{};
  SetOf<PhotoFlag> flags{};
};

/// What the entry of an attachment says, and what stands in its content.
struct Attached {
  Uuid id;
  Uuid by;  // the account that sent it
  std::string media_type;
  std::int64_t bytes = 0;
  int width = 0;
  int height = 0;
};
struct AttachedContent {
  std::string sha256;
  std::optional<Time> taken_at;
  /// As the camera wrote them.
  std::optional<Time> camera_at;
  std::optional<LatLon> camera_place;
  SetOf<PhotoFlag> flags;
};

/// What the camera's place says against the report's (WGS-84).
SetOf<PhotoFlag> photo_flags(const LatLon& report, const LatLon& camera);

template <class V>
void members(V& visit, Photo& p) {
  visit("id", p.id, Limit{.required = true});
  visit("state", p.state);
  visit("media_type", p.media_type);
  visit("sha256", p.sha256);
  visit("bytes", p.bytes);
  visit("width", p.width);
  visit("height", p.height);
  visit("taken_at", p.taken_at);
  visit("flags", p.flags);
}
template <class V>
void members(V& visit, Attached& a) {
  visit("id", a.id, Limit{.required = true});
  visit("by", a.by, Limit{.required = true});
  visit("media_type", a.media_type, Limit{.required = true});
  visit("bytes", a.bytes, Limit{.required = true});
  visit("width", a.width);
  visit("height", a.height);
}
template <class V>
void members(V& visit, LatLon& p) {
  visit("lat", p.lat, Limit{.required = true});
  visit("lon", p.lon, Limit{.required = true});
}
template <class V>
void members(V& visit, AttachedContent& a) {
  visit("sha256", a.sha256, Limit{.required = true});
  visit("taken_at", a.taken_at);
  visit("camera_at", a.camera_at);
  visit("camera_place", a.camera_place);
  visit("flags", a.flags);
}

}  // namespace waystation::protocol
