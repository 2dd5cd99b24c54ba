// Any bytes as a file of jurisdictions: read, located in, written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/geo.hpp"
#include "protocol/json.hpp"
#include "protocol/jurisdiction.hpp"
#include "protocol/vocabulary.hpp"

using namespace waystation::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = parse_json({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  for (Crs crs : {Crs::wgs84, Crs::gcj02}) {
    const auto tree = Jurisdictions::from_geojson(*json, crs);
    if (!tree) {
      if (tree.error().errors.empty() || tree.error().errors.size() > 100) std::abort();
      continue;
    }
    for (const auto& node : tree->nodes()) {
      if (tree->find(node.code) != &node || !tree->within(node.code, tree->root().code)) std::abort();
      if (!node.region) continue;
      for (LatLon corner : node.region->polygons().front().rings().front())
        if (const auto* found = tree->locate(corner); found != nullptr && !found->region->contains(corner))
          std::abort();
    }
    const auto again = Jurisdictions::from_geojson(tree->to_geojson(), Crs::wgs84);
    if (!again || *again != *tree) std::abort();
  }
  return 0;
}
