#pragma once
#include <expected>
#include <filesystem>
#include <string>

#include "storage/backup.hpp"

namespace waystation::storage {

/// What came out of a backup.
struct Unpacked {
  Manifest manifest;
  bool has_keys = false;
};

/// Unpacks a backup into a folder that is there and empty, and holds everything in it against its manifest
/// and its name: a file that is unknown, twice there, too short or changed is an error, said in plain words.
/// What was written is on disk then; after an error the folder may hold anything. Throws where the disk
/// fails.
std::expected<Unpacked, std::string> unpack_backup(const std::filesystem::path& from,
                                                   const std::filesystem::path& into);

/// Holds the database of an unpacked backup against its manifest: SQLite's own check, the log's chain and
/// contents, and that every photo it names is there, but for those that were missing already. An error says
/// what does not hold.
std::expected<void, std::string> check_unpacked(const std::filesystem::path& folder,
                                                const Manifest& manifest);

}  // namespace waystation::storage
