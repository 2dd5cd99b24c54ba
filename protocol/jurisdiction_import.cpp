#include "protocol/jurisdiction_import.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/problem.hpp"

namespace waystation::protocol {
namespace {

using Node = Jurisdictions::Node;

constexpr std::size_t max_nodes = 20'000;
constexpr std::size_t max_points = 2'000'000;
constexpr std::size_t max_faults = 100;
constexpr int max_level = 8;

/// A node as its feature gives it.
struct Draft {
  Node node;
  std::optional<std::string> parent;
  std::string pointer;  // of the feature
  std::vector<std::size_t> children;
};

/// To 7 decimals, the nearest double to each: what is written reads back as the same.
double rounded(double degrees) {
  return std::round(degrees * 1e7) / 1e7;
}

/// Reads geometries, counting points over all of them.
class GeometryReader {
 public:
  explicit GeometryReader(Crs crs) : crs_(crs) {}

  bool too_many() const { return points_ > max_points; }

  /// Nothing after a fault.
  std::optional<Region> region(const Reader& geometry) {
    if (!geometry.is_object()) return std::nullopt;
    const auto type = geometry.require("type");
    const auto coordinates = geometry.require("coordinates");
    if (!type || !coordinates) return std::nullopt;
    if (type->value() == "Polygon") {
      auto read = polygon(*coordinates);
      if (!read) return std::nullopt;
      return Region{{std::move(*read)}};
    }
    if (type->value() != "MultiPolygon") {
      type->fail("must be Polygon or MultiPolygon");
      return std::nullopt;
    }
    const auto items = coordinates->array(1, max_points);
    if (!items) return std::nullopt;
    std::vector<Polygon> polygons;
    for (const Reader& item : *items) {
      auto read = polygon(item);
      if (!read) return std::nullopt;
      polygons.push_back(std::move(*read));
    }
    return Region{std::move(polygons)};
  }

 private:
  std::optional<Polygon> polygon(const Reader& coordinates) {
    const auto items = coordinates.array(1, max_points);
    if (!items) return std::nullopt;
    std::vector<Ring> rings;
    for (const Reader& item : *items) {
      auto read = ring(item);
      if (!read) return std::nullopt;
      rings.push_back(std::move(*read));
    }
    return Polygon{std::move(rings)};
  }

  std::optional<Ring> ring(const Reader& place) {
    const Json& points = place.value();
    if (!points.is_array() || points.size() < 4) {
      place.fail("must be a ring of at least 4 positions");
      return std::nullopt;
    }
    points_ += points.size();
    if (too_many()) {
      place.fail("makes more than " + std::to_string(max_points) + " positions in the file");
      return std::nullopt;
    }
    if (points.front() != points.back()) {
      place.fail("must be closed: the last position is the first again");
      return std::nullopt;
    }
    Ring ring;
    ring.reserve(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto point = position(points[i]);
      if (!point) {
        place.fail_at(std::to_string(i),
                      "must be [longitude, latitude] in degrees; metres (a projected system) or latitude "
                      "first are not taken");
        return std::nullopt;
      }
      ring.push_back(*point);
    }
    return ring;
  }

  /// Members after longitude and latitude (a height) are ignored, as RFC 7946 §3.1.1 allows.
  std::optional<LatLon> position(const Json& value) const {
    if (!value.is_array() || value.size() < 2 || !value[0].is_number() || !value[1].is_number())
      return std::nullopt;
    const auto number = [](const Json& item) {
      if (item.is_number_float()) return *item.get_ptr<const double*>();
      if (item.is_number_unsigned()) return static_cast<double>(*item.get_ptr<const std::uint64_t*>());
      return static_cast<double>(*item.get_ptr<const std::int64_t*>());
    };
    LatLon point{.lat = number(value[1]), .lon = number(value[0])};
    if (!(std::abs(point.lat) <= 90) || !(std::abs(point.lon) <= 180)) return std::nullopt;
    if (crs_ == Crs::gcj02) point = gcj02_to_wgs84(point);
    return LatLon{.lat = rounded(point.lat), .lon = rounded(point.lon)};
  }

  Crs crs_;
  std::size_t points_ = 0;
};

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= 20 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
  });
}

std::optional<std::string> code_in(const Reader& place) {
  if (const auto* text = place.value().get_ptr<const std::string*>(); text != nullptr && is_code(*text))
    return *text;
  place.fail("must be a text of 1 to 20 digits, letters or \"-\"");
  return std::nullopt;
}

/// One feature without its geometry; nothing after a fault.
std::optional<Draft> draft_in(const Reader& feature) {
  if (!feature.is_object()) return std::nullopt;
  const auto type = feature.require("type");
  if (type && type->value() != "Feature") type->fail("must be Feature");
  const auto properties = feature.require("properties");
  if (!properties || !properties->is_object()) return std::nullopt;

  Draft draft;
  draft.pointer = feature.pointer();
  bool good = true;
  if (const auto place = properties->find("parent")) {
    draft.parent = code_in(*place);
    good = draft.parent.has_value();
  }
  if (const auto place = properties->find("schematic")) {
    const auto flag = place->boolean();
    draft.node.schematic = flag.value_or(false);
    good = good && flag;
  }
  const auto code_place = properties->require("code");
  const auto name_place = properties->require("name");
  auto code = code_place ? code_in(*code_place) : std::nullopt;
  auto name = name_place ? name_place->text(1, 200) : std::nullopt;
  if (!good || !code || !name) return std::nullopt;
  draft.node.code = std::move(*code);
  draft.node.name = std::move(*name);
  return draft;
}

/// Puts drafts into a tree; every fault goes to `errors`.
class TreeBuilder {
 public:
  TreeBuilder(std::vector<Draft> drafts, std::vector<FieldError>& errors)
      : drafts_(std::move(drafts)), errors_(errors) {}

  /// Depth first, if there was no fault.
  std::vector<Node> build() {
    link();
    if (!root_) {
      if (errors_.empty())
        errors_.push_back({"/features", "must hold a root: a feature whose parent is null"});
      return {};
    }
    set_levels(*root_);
    if (!errors_.empty()) return {};
    return in_order(*root_);
  }

 private:
  void fail(const Draft& draft, std::string_view member, std::string detail) {
    if (errors_.size() < max_faults)
      errors_.push_back({draft.pointer + "/properties/" + std::string{member}, std::move(detail)});
  }

  void link() {
    std::map<std::string_view, std::size_t> known;
    for (std::size_t i = 0; i < drafts_.size(); ++i)
      if (!known.emplace(drafts_[i].node.code, i).second)
        fail(drafts_[i], "code", "stands twice: " + drafts_[i].node.code);
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      Draft& draft = drafts_[i];
      if (draft.parent) {
        const auto found = known.find(*draft.parent);
        if (found == known.end())
          fail(draft, "parent", "no feature has this code: " + *draft.parent);
        else
          drafts_[found->second].children.push_back(i);
      } else if (root_) {
        fail(draft, "parent", "a second root; the first is " + drafts_[*root_].node.code);
      } else {
        root_ = i;
      }
    }
  }

  /// From the root down; what it never reaches hangs on a circle of parents.
  void set_levels(std::size_t root) {
    std::vector<std::size_t> reached{root};
    std::vector<bool> seen(drafts_.size(), false);
    seen[root] = true;
    bool too_deep = false;
    for (std::size_t at = 0; at < reached.size(); ++at) {
      const Draft& above = drafts_[reached[at]];
      for (std::size_t child : above.children) {
        if (seen[child]) continue;
        seen[child] = true;
        drafts_[child].node.level = above.node.level + 1;
        if (above.node.level == max_level) {
          if (!too_deep) fail(drafts_[child], "parent", "lies deeper than 8 levels under the root");
          too_deep = true;
        }
        reached.push_back(child);
      }
    }
    if (!errors_.empty() || reached.size() == drafts_.size()) return;
    for (std::size_t i = 0; i < drafts_.size(); ++i)
      if (!seen[i]) fail(drafts_[i], "parent", "its parents never lead to the root: they go in a circle");
  }

  std::vector<Node> in_order(std::size_t root) {
    std::vector<Node> nodes;
    nodes.reserve(drafts_.size());
    place(root, std::nullopt, nodes);
    return nodes;
  }

  /// Recurses at most max_level deep.
  void place(std::size_t which, std::optional<std::uint32_t> parent, std::vector<Node>& nodes) {
    Draft& draft = drafts_[which];
    const auto at = static_cast<std::uint32_t>(nodes.size());
    draft.node.parent = parent;
    nodes.push_back(std::move(draft.node));
    std::ranges::sort(draft.children, {},
                      [&](std::size_t i) -> const std::string& { return drafts_[i].node.code; });
    for (std::size_t child : draft.children)
      place(child, at, nodes);
    nodes[at].end = static_cast<std::uint32_t>(nodes.size());
  }

  std::vector<Draft> drafts_;
  std::vector<FieldError>& errors_;
  std::optional<std::size_t> root_;
};

}  // namespace

Result<std::vector<Node>> import_nodes(const Json& collection, Crs crs) {
  std::vector<FieldError> errors;
  const Reader all{collection, "", errors};
  if (!all.is_object()) return std::unexpected(invalid(std::move(errors)));
  if (const auto type = all.require("type"); type && type->value() != "FeatureCollection")
    type->fail("must be FeatureCollection");
  const auto list = all.require("features");
  const auto features = list ? list->array(1, max_nodes) : std::nullopt;
  if (!features) return std::unexpected(invalid(std::move(errors)));

  std::vector<Draft> drafts;
  drafts.reserve(features->size());
  GeometryReader geometries{crs};
  for (const Reader& feature : *features) {
    auto draft = draft_in(feature);
    if (const auto geometry = feature.find("geometry")) {
      auto region = geometries.region(*geometry);
      if (draft) draft->node.region = std::move(region);
    }
    if (draft) drafts.push_back(std::move(*draft));
    if (errors.size() >= max_faults || geometries.too_many()) break;
  }
  if (errors.size() > max_faults) errors.resize(max_faults);
  // A tree with features left out would only show faults that are none.
  if (!errors.empty()) return std::unexpected(invalid(std::move(errors)));
  auto nodes = TreeBuilder{std::move(drafts), errors}.build();
  if (!errors.empty()) return std::unexpected(invalid(std::move(errors)));
  return nodes;
}

}  // namespace waystation::protocol
