#pragma once
#include "server/api/handler.hpp"

namespace waystation::server {

/// GET /v1/photos/{id}?variant=thumb|view|original: pictures made upright and bare (RFC 9110 ranges and
/// conditions), videos with what tells of place and device blanked, originals for station and supervisor with
/// a recorded reason.
void get_photo(Context& context, std::shared_ptr<const Call> call, Done done);

}  // namespace waystation::server
