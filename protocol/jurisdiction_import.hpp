#pragma once
#include <vector>

#include "protocol/geo.hpp"
#include "protocol/json.hpp"
#include "protocol/jurisdiction.hpp"
#include "protocol/vocabulary.hpp"

namespace waystation::protocol {

/// The work of Jurisdictions::from_geojson: the nodes depth first, siblings by code, with levels, parents and
/// ends; or all that is wrong with the file (up to 100 faults).
Result<std::vector<Jurisdictions::Node>> import_nodes(const Json& collection, Crs crs);

}  // namespace waystation::protocol
