#pragma once
#include <functional>
#include <string>

#include "storage/data_folder.hpp"
#include "storage/sqlite.hpp"

namespace waystation::storage {

/// Makes a database that was opened for writing what this program expects: its schema, and views that mean
/// what they mean now. Before an older schema is changed, the database is copied to
/// `backups/before-schema-N.db` in the folder (if `copy`), on disk, and `tell` is told; where that fails
/// nothing is changed. Throws.
void upgrade(Connection& db, const DataFolder& folder, bool copy,
             const std::function<void(const std::string&)>& tell);

}  // namespace waystation::storage
