#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "protocol/decide.hpp"
#include "storage/log.hpp"

/// Photos, videos and voice notes that are whole: files named by what is in them, and the view that says
/// which sightings hold them.
namespace waystation::storage {

/// The files of a data folder: `photos/ab/<SHA-256>` as they came, and beside the photos, in `variants/`,
/// what is made of them and can be made again. Any thread.
class PhotoFiles {
 public:
  explicit PhotoFiles(std::filesystem::path data) : data_(std::move(data)) {}

  std::filesystem::path original(const Hash& sha256) const;
  /// `kind` is "thumb" or "view". The folder is made.
  std::filesystem::path variant(const Hash& sha256, std::string_view kind) const;
  /// Files of uploads under way.
  std::filesystem::path upload(const Uuid& id) const;
  /// Bytes that count once their checksum was found right.
  std::filesystem::path piece(const Uuid& id) const;
  /// Makes the folders that are always there.
  void prepare() const;

  /// Gives the whole file of an upload, which is synced first, its lasting name as well, on disk. Bytes that
  /// are there already are kept once. Throws std::system_error.
  void keep(const Uuid& upload, const Hash& sha256) const;
  /// The same for a name that may have been taken away since: does nothing where it is there.
  void keep_again(const Uuid& upload, const Hash& sha256) const;
  /// Removes original and variants; nothing that is not there.
  void remove(const Hash& sha256) const;
  /// With what may lie beside it.
  void remove_upload(const Uuid& id) const;

  /// The names in one of 256 parts of the originals and variants that were not written since `before`.
  std::vector<Hash> names_in(std::uint8_t part, Time before) const;
  /// The same of uploads' files, each upload once.
  std::vector<Uuid> uploads_in(Time before) const;

 private:
  std::filesystem::path data_;
};

/// One photo as a sighting holds it.
struct HeldPhoto {
  Uuid sighting;
  Uuid account;  // who sent it
  Hash sha256{};
  std::string media_type;
  std::int64_t bytes = 0;
};

namespace photos {

/// Which sightings hold a photo, oldest first.
std::vector<HeldPhoto> held(Connection& db, const Uuid& photo);
/// The sightings in which this account named this photo.
std::vector<Uuid> named(Connection& db, const Uuid& photo, const Uuid& account);
/// True while a sighting or a whole upload that has not lapsed holds these bytes.
bool is_kept(Connection& db, const Hash& sha256);

/// Takes an event into the view: what its actor named, and what came.
void apply(Connection& db, const protocol::Event& event);
/// Forgets a sighting's photos, and uploads of them; gives which they were.
std::vector<Hash> erase(Connection& db, const Uuid& sighting);

}  // namespace photos
}  // namespace waystation::storage
