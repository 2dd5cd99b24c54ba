#pragma once
#include <memory>

#include "server/api/handler.hpp"

namespace waystation::server {

/// POST /v1/sync: commands first, in their order, then what changed.
void post_sync(Context& context, std::shared_ptr<const Call> call, Done done);

/// GET /v1/sync: what changed; with `wait` held open until something does.
void get_sync(Context& context, std::shared_ptr<const Call> call, Done done);

}  // namespace waystation::server
