#include "storage/upgrade.hpp"

#include <filesystem>
#include <system_error>

#include "storage/backup.hpp"
#include "storage/files.hpp"
#include "storage/schema.hpp"
#include "storage/views.hpp"

namespace waystation::storage {
namespace {

namespace fs = std::filesystem;

/// What is not whole has another name.
fs::path copy_aside(Connection& db, const DataFolder& folder, std::size_t version) {
  fs::create_directories(folder.backups());
  fs::permissions(folder.backups(), fs::perms::owner_all);
  const fs::path whole = folder.backups() / ("before-schema-" + std::to_string(version) + ".db");
  fs::path part = whole;
  part += ".part";
  fs::remove(part);
  try {
    copy_database(db, part);
    fs::rename(part, whole);
  } catch (...) {
    std::error_code ignored;  // half a copy is no use, and takes room
    fs::remove(part, ignored);
    throw;
  }
  sync_folder(folder.backups());
  return whole;
}

}  // namespace

void upgrade(Connection& db, const DataFolder& folder, bool copy,
             const std::function<void(const std::string&)>& tell) {
  const auto say = [&](const std::string& what) {
    if (tell) tell(what);
  };
  migrate(db, [&](std::size_t version) {
    if (copy)
      say("the database is of an older version; before it is changed it was copied to " +
          copy_aside(db, folder, version).string());
  });
  if (!rebuild_owed(db)) return;
  say("the views are made anew from the log");
  rebuild(db, folder.code_key());
}

}  // namespace waystation::storage
