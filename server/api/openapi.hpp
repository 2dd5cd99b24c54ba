#pragma once
#include <string_view>

namespace waystation::server {

/// protocol/openapi.yaml, as it was when this program was built.
std::string_view openapi_text();

}  // namespace waystation::server
