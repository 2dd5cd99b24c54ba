#include "storage/uploads.hpp"

#include <utility>

namespace waystation::storage::uploads {
namespace {

#define COLUMNS                                                                                            \
  "SELECT id, account, device, photo, length, metadata, taken_at, expires_at, sha256, media_type, width, " \
  "height, camera_at, camera_lat, camera_lon FROM uploads "

Upload read(Query& query) {
  Upload upload{.id = query.id(0),
                .account = query.id(1),
                .device = query.id(2),
                .photo = query.id(3),
                .length = query.place(4),
                .metadata = std::string{query.text(5)},
                .taken_at = query.optional_time(6),
                .expires_at = query.time(7),
                .whole = {}};
  if (!query.is_null(8)) {
    WholeUpload& whole = upload.whole.emplace();
    whole.sha256 = hash_of(query.text(8));
    whole.media_type = query.text(9);
    whole.width = static_cast<int>(query.integer(10));
    whole.height = static_cast<int>(query.integer(11));
    whole.camera_at = query.optional_time(12);
    if (!query.is_null(13)) whole.camera_place = {.lat = query.real(13), .lon = query.real(14)};
  }
  return upload;
}

std::vector<Upload> read_all(Query query) {
  std::vector<Upload> found;
  while (query.step())
    found.push_back(read(query));
  return found;
}

}  // namespace

void insert(Connection& db, const Upload& upload) {
  db.query(
        "INSERT INTO uploads (id, account, device, photo, length, metadata, taken_at, expires_at) VALUES "
        "(?,?,?,?,?,?,?,?)")
      .bind(upload.id)
      .bind(upload.account)
      .bind(upload.device)
      .bind(upload.photo)
      .bind(upload.length)
      .bind(upload.metadata)
      .bind(upload.taken_at)
      .bind(upload.expires_at)
      .run();
  if (upload.whole) complete(db, upload.id, *upload.whole);
}

std::optional<Upload> find(Connection& db, const Uuid& id) {
  Query query = db.query(COLUMNS "WHERE id = ?");
  query.bind(id);
  return query.step() ? std::optional{read(query)} : std::nullopt;
}

std::vector<Upload> of_photo(Connection& db, const Uuid& photo) {
  Query query = db.query(COLUMNS "WHERE photo = ?");
  query.bind(photo);
  return read_all(std::move(query));
}

void complete(Connection& db, const Uuid& id, const WholeUpload& whole) {
  std::optional<double> lat;
  std::optional<double> lon;
  if (whole.camera_place) {
    lat = whole.camera_place->lat;
    lon = whole.camera_place->lon;
  }
  db.query(
        "UPDATE uploads SET sha256 = ?, media_type = ?, width = ?, height = ?, camera_at = ?, camera_lat = "
        "?, camera_lon = ? WHERE id = ?")
      .bind_blob(view_of(whole.sha256))
      .bind(whole.media_type)
      .bind(whole.width)
      .bind(whole.height)
      .bind(whole.camera_at)
      .bind(lat)
      .bind(lon)
      .bind(id)
      .run();
}

void remove(Connection& db, const Uuid& id) {
  db.query("DELETE FROM uploads WHERE id = ?").bind(id).run();
}

std::vector<Upload> lapsed(Connection& db, Time now, int limit) {
  Query query = db.query(COLUMNS "WHERE expires_at <= ? AND lapsed = 0 ORDER BY expires_at LIMIT ?");
  query.bind(now).bind(limit);
  return read_all(std::move(query));
}

void lapse(Connection& db, const Uuid& id) {
  db.query("UPDATE uploads SET lapsed = 1, sha256 = NULL WHERE id = ?").bind(id).run();
}

void forget(Connection& db, Time end) {
  db.query("DELETE FROM uploads WHERE expires_at <= ?").bind(end).run();
}

Load load_of(Connection& db, const Uuid& device) {
  Query query = db.query(
      "SELECT count(*), total(length) FROM uploads WHERE device = ? AND sha256 IS NULL AND lapsed = 0");
  query.bind(device);
  if (!query.step()) return {};
  return {.uploads = static_cast<int>(query.integer(0)), .bytes = static_cast<std::uint64_t>(query.real(1))};
}

}  // namespace waystation::storage::uploads
