#pragma once
#include "storage/sqlite.hpp"

namespace waystation::storage {

/// Brings a database to the newest schema, in one transaction a step; throws DatabaseError where its version
/// is newer than this program knows.
void migrate(Connection& db);

/// Empties every view; the log, its contents and the meta table stay.
void drop_views(Connection& db);

}  // namespace waystation::storage
