#pragma once
#include <memory>

#include "server/api/handler.hpp"

namespace waystation::server {

/// Answers with the file of the pages that is packed under the request's path, in the best encoding the
/// client takes, or 304 where the client has it; `not-found` where there is none. Any thread, never waits.
void get_asset(Context& context, std::shared_ptr<const Call> call, Done done);

}  // namespace waystation::server
