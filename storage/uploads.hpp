#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/photo.hpp"
#include "storage/log.hpp"

/// Uploads (tus 1.0.0) under way, and whole ones that wait for a command to name them. Working data beside
/// the log, not part of it: it lapses. What was received of one is its file's length.
namespace waystation::storage {

/// What a whole upload turned out to be.
struct WholeUpload {
  Hash sha256{};
  std::string media_type;
  int width = 0;
  int height = 0;
  /// As the camera wrote them.
  std::optional<Time> camera_at;
  std::optional<protocol::LatLon> camera_place;
};

struct Upload {
  Uuid id;
  Uuid account;
  Uuid device;
  Uuid photo;
  std::uint64_t length = 0;
  /// `Upload-Metadata` as it came.
  std::string metadata;
  std::optional<Time> taken_at;
  Time expires_at;
  std::optional<WholeUpload> whole;
};

namespace uploads {

void insert(Connection& db, const Upload& upload);
std::optional<Upload> find(Connection& db, const Uuid& id);
/// All of one photo's, whole or not.
std::vector<Upload> of_photo(Connection& db, const Uuid& photo);
/// Marks it whole.
void complete(Connection& db, const Uuid& id, const WholeUpload& whole);
void remove(Connection& db, const Uuid& id);
/// What has come to its end by `now` and was not marked yet, at most `limit`.
std::vector<Upload> lapsed(Connection& db, Time now, int limit);
/// Marks one: its bytes are gone, its address is remembered for a while.
void lapse(Connection& db, const Uuid& id);
/// Removes those that lapsed before `end`.
void forget(Connection& db, Time end);

/// What a device has under way.
struct Load {
  int uploads = 0;
  std::uint64_t bytes = 0;  // by their full lengths
};
Load load_of(Connection& db, const Uuid& device);

}  // namespace uploads
}  // namespace waystation::storage
