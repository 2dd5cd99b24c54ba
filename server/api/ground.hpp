#pragma once
#include <memory>

#include "server/api/handler.hpp"

/// What the pages stand on: what this server is set to, its base map, who works at the desks.
namespace waystation::server {

/// GET /v1/settings, public: the hotline, whether there is a base map, and how long each urgency may wait.
Result<Answer> get_settings(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/basemap: the operator's PMTiles file, by ranges; `not-found` where none is set.
Result<Answer> get_basemap(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/dispatchers: the names of the dispatchers above and below the caller, and no more of them.
Result<Answer> list_dispatchers(Context& context, storage::Connection& db, const Call& call);

}  // namespace waystation::server
