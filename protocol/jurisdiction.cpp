#include "protocol/jurisdiction.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "protocol/jurisdiction_import.hpp"

namespace waystation::protocol {

Jurisdictions::Jurisdictions(std::vector<Node> nodes) : nodes_(std::move(nodes)) {
  by_code_.resize(nodes_.size());
  for (std::uint32_t i = 0; i < by_code_.size(); ++i) {
    by_code_[i] = i;
    if (const auto& region = nodes_[i].region) by_area_.push_back({.box = region->box(), .node = i});
  }
  std::ranges::sort(by_code_, {}, [&](std::uint32_t i) -> const std::string& { return nodes_[i].code; });
  std::ranges::sort(by_area_, {}, [&](const Candidate& candidate) {
    const Node& node = nodes_[candidate.node];
    return std::tuple{node.area_m2(), -node.level, candidate.node};
  });
}

Result<Jurisdictions> Jurisdictions::from_geojson(const Json& collection, Crs crs) {
  auto nodes = import_nodes(collection, crs);
  if (!nodes) return std::unexpected(std::move(nodes.error()));
  return Jurisdictions{std::move(*nodes)};
}

const Jurisdictions::Node* Jurisdictions::find(std::string_view code) const {
  const auto place = std::ranges::lower_bound(
      by_code_, code, {}, [&](std::uint32_t i) -> std::string_view { return nodes_[i].code; });
  if (place == by_code_.end() || nodes_[*place].code != code) return nullptr;
  return &nodes_[*place];
}

const Jurisdictions::Node* Jurisdictions::locate(LatLon wgs84) const {
  for (const Candidate& candidate : by_area_) {
    if (!candidate.box.contains(wgs84)) continue;
    const Node& node = nodes_[candidate.node];
    if (node.region && node.region->contains(wgs84)) return &node;
  }
  return nullptr;
}

bool Jurisdictions::within(std::string_view code, std::string_view ancestor) const {
  const Node* node = find(code);
  const Node* above = find(ancestor);
  if (node == nullptr || above == nullptr) return false;
  return node >= above && node < nodes_.data() + above->end;
}

std::vector<std::string> Jurisdictions::path(std::string_view code) const {
  std::vector<std::string> codes;
  for (const Node* node = find(code); node != nullptr; node = node->parent ? &nodes_[*node->parent] : nullptr)
    codes.push_back(node->code);
  return codes;
}

std::vector<const Jurisdictions::Node*> Jurisdictions::children(std::string_view code) const {
  std::vector<const Node*> found;
  const Node* node = find(code);
  if (node == nullptr) return found;
  for (const Node* child = node + 1; child < nodes_.data() + node->end; child = nodes_.data() + child->end)
    found.push_back(child);
  return found;
}

namespace {

Json coordinates_of(const Polygon& polygon) {
  Json rings = Json::array();
  for (const Ring& ring : polygon.rings()) {
    Json points = Json::array();
    for (LatLon point : ring)
      points.push_back(Json::array({point.lon, point.lat}));
    rings.push_back(std::move(points));
  }
  return rings;
}

Json geometry_of(const std::optional<Region>& region) {
  if (!region) return nullptr;
  if (region->polygons().size() == 1)
    return {{"type", "Polygon"}, {"coordinates", coordinates_of(region->polygons().front())}};
  Json polygons = Json::array();
  for (const Polygon& polygon : region->polygons())
    polygons.push_back(coordinates_of(polygon));
  return {{"type", "MultiPolygon"}, {"coordinates", std::move(polygons)}};
}

}  // namespace

Json Jurisdictions::to_geojson() const {
  Json features = Json::array();
  for (const Node& node : nodes_) {
    Json properties{
        {"code", node.code}, {"name", node.name}, {"level", node.level}, {"schematic", node.schematic}};
    properties["parent"] = node.parent ? Json(nodes_[*node.parent].code) : Json();
    features.push_back(
        {{"type", "Feature"}, {"properties", std::move(properties)}, {"geometry", geometry_of(node.region)}});
  }
  return {{"type", "FeatureCollection"}, {"features", std::move(features)}};
}

}  // namespace waystation::protocol
