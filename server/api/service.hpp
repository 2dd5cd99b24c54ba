#pragma once
#include <functional>
#include <memory>
#include <string>

#include "server/api/handler.hpp"

namespace waystation::server {

/// The doors of the service: finds the route, lets the caller in or not, reads the body, runs the handler on
/// its storage thread and writes answers and problems in one way. `access_log` takes one JSON line a request.
std::unique_ptr<Doors> create_doors(Context& context, std::function<void(const std::string&)> access_log);

/// A row of the route table as labels of metrics: `method="GET",route="/v1/me"`.
std::string route_labels(std::size_t row);

}  // namespace waystation::server
