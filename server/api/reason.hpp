#pragma once
#include <string>

#include "server/api/handler.hpp"

namespace waystation::server {

/// The reason in the query, 1–200 characters; required.
Result<std::string> reason_of(const Call& call);

}  // namespace waystation::server
