#include "storage/photos.hpp"

#include <cerrno>
#include <chrono>
#include <functional>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "storage/digest.hpp"

namespace waystation::storage {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void raise(const char* doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

void sync(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) raise("cannot open to sync");
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  errno = error;
  if (result != 0) raise("cannot sync");
}

fs::path sharded(const fs::path& folder, const std::string& name) {
  return folder / name.substr(0, 2) / name;
}

/// The names of a folder's files that were not written since; none where there is no folder.
void each_older(const fs::path& folder, Time before, const std::function<void(const std::string&)>& take) {
  std::error_code error;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const auto written = at->last_write_time(gone);
    if (!gone && std::chrono::file_clock::to_sys(written) < before) take(at->path().filename().string());
  }
}

/// True if the name is new.
bool link(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != ENOENT) raise("cannot keep a photo");
  fs::create_directories(to.parent_path());
  sync(to.parent_path().parent_path(), O_RDONLY | O_DIRECTORY);
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  if (errno != EEXIST) raise("cannot keep a photo");
  return false;
}

}  // namespace

fs::path PhotoFiles::original(const Hash& sha256) const {
  return sharded(data_ / "photos", to_hex(sha256));
}

fs::path PhotoFiles::variant(const Hash& sha256, std::string_view kind) const {
  fs::path file = sharded(data_ / "variants", to_hex(sha256));
  fs::create_directories(file.parent_path());
  file += "." + std::string{kind} + ".jpg";
  return file;
}

fs::path PhotoFiles::upload(const Uuid& id) const {
  return data_ / "uploads" / to_string(id);
}

fs::path PhotoFiles::piece(const Uuid& id) const {
  return data_ / "uploads" / (to_string(id) + ".piece");
}

void PhotoFiles::prepare() const {
  for (const char* folder : {"photos", "variants", "uploads"})
    fs::create_directories(data_ / folder);
}

void PhotoFiles::keep(const Uuid& id, const Hash& sha256) const {
  const fs::path from = upload(id);
  const fs::path to = original(sha256);
  // A name that is there may be what a power cut left: its bytes are looked at before they are relied on.
  if (!link(from, to) && sha256_of_file(to) != sha256) {
    fs::remove(to);
    link(from, to);
  }
  sync(to, O_RDONLY);
  sync(to.parent_path(), O_RDONLY | O_DIRECTORY);
}

void PhotoFiles::keep_again(const Uuid& id, const Hash& sha256) const {
  const fs::path to = original(sha256);
  if (!link(upload(id), to)) return;
  sync(to, O_RDONLY);
  sync(to.parent_path(), O_RDONLY | O_DIRECTORY);
}

void PhotoFiles::remove(const Hash& sha256) const {
  std::error_code ignored;  // what is not there is gone; what cannot go now is swept up later
  fs::remove(original(sha256), ignored);
  for (const char* kind : {"thumb", "view"}) {
    const fs::path file = variant(sha256, kind);
    fs::remove(file, ignored);
    fs::remove(file.string() + ".part", ignored);
  }
}

void PhotoFiles::remove_upload(const Uuid& id) const {
  std::error_code ignored;
  fs::remove(upload(id), ignored);
  fs::remove(piece(id), ignored);
}

std::vector<Hash> PhotoFiles::names_in(std::uint8_t part, Time before) const {
  const std::string shard = to_hex({part}).substr(0, 2);
  std::set<Hash> found;
  for (const char* folder : {"photos", "variants"})
    each_older(data_ / folder / shard, before, [&](const std::string& name) {
      if (const auto hash = parse_hash(name.substr(0, name.find('.')))) found.insert(*hash);
    });
  return {found.begin(), found.end()};
}

std::vector<Uuid> PhotoFiles::uploads_in(Time before) const {
  std::set<Uuid> found;
  each_older(data_ / "uploads", before, [&](const std::string& name) {
    if (const auto id = protocol::parse_uuid(name.substr(0, name.find('.')))) found.insert(*id);
  });
  return {found.begin(), found.end()};
}

namespace photos {

std::vector<HeldPhoto> held(Connection& db, const Uuid& photo) {
  Query query = db.query(
      "SELECT sighting, account, sha256, media_type, bytes FROM photos WHERE photo = ? ORDER BY seq");
  query.bind(photo);
  std::vector<HeldPhoto> found;
  while (query.step())
    found.push_back({.sighting = query.id(0),
                     .account = query.id(1),
                     .sha256 = hash_of(query.text(2)),
                     .media_type = std::string{query.text(3)},
                     .bytes = query.integer(4)});
  return found;
}

std::vector<Uuid> named(Connection& db, const Uuid& photo, const Uuid& account) {
  Query query = db.query("SELECT sighting FROM photo_names WHERE photo = ? AND account = ?");
  query.bind(photo).bind(account);
  std::vector<Uuid> found;
  while (query.step())
    found.push_back(query.id(0));
  return found;
}

bool is_kept(Connection& db, const Hash& sha256) {
  Query query = db.query(
      "SELECT EXISTS (SELECT 1 FROM photos WHERE sha256 = ?1) OR EXISTS (SELECT 1 FROM uploads WHERE sha256 "
      "= "
      "?1)");
  query.bind_blob(view_of(sha256));
  return query.step() && query.integer(0) != 0;
}

void apply(Connection& db, const protocol::Event& event) {
  if (event.actor)
    for (const Uuid& photo : event.decided.photos)
      db.query("INSERT OR IGNORE INTO photo_names (photo, account, sighting) VALUES (?, ?, ?)")
          .bind(photo)
          .bind(event.actor)
          .bind(event.sighting)
          .run();
  const auto& came = event.decided.attached;
  const auto& content = event.content.attached;
  if (!came || !content) return;  // the content may have been erased
  const auto hash = parse_hash(content->sha256);
  if (!hash) return;
  db.query(
        "INSERT OR IGNORE INTO photos (photo, sighting, account, seq, sha256, media_type, bytes) VALUES "
        "(?,?,?,?,?,?,?)")
      .bind(came->id)
      .bind(event.sighting)
      .bind(came->by)
      .bind(event.seq)
      .bind_blob(view_of(*hash))
      .bind(came->media_type)
      .bind(came->bytes)
      .run();
}

std::vector<Hash> erase(Connection& db, const Uuid& sighting) {
  std::vector<Hash> held;
  {
    Query query = db.query("SELECT sha256, photo FROM photos WHERE sighting = ?");
    query.bind(sighting);
    while (query.step()) {
      held.push_back(hash_of(query.text(0)));
      db.query("DELETE FROM uploads WHERE photo = ?").bind(query.id(1)).run();
    }
  }
  db.query("DELETE FROM photos WHERE sighting = ?").bind(sighting).run();
  db.query("DELETE FROM photo_names WHERE sighting = ?").bind(sighting).run();
  return held;
}

}  // namespace photos
}  // namespace waystation::storage
