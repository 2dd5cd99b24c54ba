#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

#include "storage/sqlite.hpp"

namespace waystation::storage {

/// Brings a database to the newest schema, in one transaction a step; throws DatabaseError where its version
/// is newer than this program knows. `before`, if set, is called before the first step where the database has
/// an older version, with the newest one; what it throws ends the migration with nothing changed. Ends at
/// version `upto`: what is tried out on an older database needs one.
void migrate(Connection& db, const std::function<void(std::size_t version)>& before = {},
             std::size_t upto = SIZE_MAX);

/// A step changed what views mean, and they have not been made anew since (storage/views.hpp: rebuild).
bool rebuild_owed(Connection& db);
void rebuild_done(Connection& db);

/// Empties every view; the log, its contents and the meta table stay.
void drop_views(Connection& db);

}  // namespace waystation::storage
