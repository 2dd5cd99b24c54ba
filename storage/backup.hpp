#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/log.hpp"

/// Backups: one tar with a consistent database, the photos it names, the secret, the erasures, the settings
/// and, if wanted, the keys. Its last file, `manifest.json`, says what it holds; photos are named by their
/// SHA-256.
namespace waystation::storage {

/// What a backup says of itself.
struct Manifest {
  int format = 1;
  std::string program;
  Time made_at;
  std::int64_t history = 0;
  struct Place {
    std::int64_t seq = 0;
    std::string hash;
  } head;
  struct Listed {
    std::string name;
    std::int64_t bytes = 0;
    std::string sha256;
  };
  std::vector<Listed> files;  // without photos
  struct Photos {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
    std::int64_t missing = 0;  // the database names them, but their files were not there
  } photos;
};

struct BackupOrder {
  std::filesystem::path data;
  std::filesystem::path to;
  bool with_keys = false;
  /// A settings file beside the folder's own waystation.ini.
  std::optional<std::filesystem::path> config;
  std::string program;  // its version
  Time now;
  /// Asked now and then: true ends it with an error.
  std::function<bool()> cancelled;
};

struct BackupMade {
  Manifest manifest;
  std::uint64_t bytes = 0;
};

/// Makes a backup of a folder that may be served meanwhile: what is written is put beside `to`, and takes its
/// name (and the place of a file of that name) when it is whole and on disk. Needs room for the database
/// twice and the photos once. Throws std::runtime_error in plain words; nothing is left then.
BackupMade make_backup(const BackupOrder& order);

/// Copies the database that a connection sees into a file, page by page, without its write-ahead log; in a
/// transaction of the connection it is the state of that transaction. The file must not be there yet. Not on
/// disk before it returns. Throws.
void copy_database(Connection& from, const std::filesystem::path& to,
                   const std::function<bool()>& cancelled = {});

/// The photos a database names, held by a sighting or sent whole and waiting: their SHA-256, each once.
std::vector<Hash> named_photos(Connection& db);

}  // namespace waystation::storage
