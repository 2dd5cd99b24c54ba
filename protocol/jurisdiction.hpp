#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/geo.hpp"
#include "protocol/json.hpp"
#include "protocol/problem.hpp"
#include "protocol/vocabulary.hpp"

namespace waystation::protocol {

/// The tree of jurisdictions: city, districts, streets, communities. Immutable, so any number of threads may
/// read it; never empty. Nodes live as long as it does, wherever it is moved to.
class Jurisdictions {
 public:
  struct Node {
    std::string code;  // 1–20 digits, letters and "-"
    std::string name;  // 1–200 characters
    /// Its place in nodes(); nothing for the root.
    std::optional<std::uint32_t> parent;
    int level = 0;  // 0 is the root, 8 the deepest
    /// Drawn by somebody, not surveyed: shown with that label.
    bool schematic = false;
    /// Nothing for a node reached by hand-over only.
    std::optional<Region> region;
    /// The place after the last node under this one: a subtree is one range of nodes().
    std::uint32_t end = 0;

    /// Square metres; 0 without a region.
    double area_m2() const { return region ? region->area_m2() : 0; }
    bool operator==(const Node&) const = default;
  };

  /// Reads a GeoJSON FeatureCollection (RFC 7946; the contract's `jurisdiction import`). Positions are taken
  /// as `crs` and kept as WGS-84, rounded to 7 decimals (about 1 cm). Nodes are at most 20,000, points
  /// 2,000,000. `validation` with up to 100 faults. Whether rings cross themselves or each other is not
  /// checked.
  static Result<Jurisdictions> from_geojson(const Json& collection, Crs crs);

  /// What from_geojson reads back to the same tree; parents stand before their children. With the level
  /// beside code, name, parent and schematic.
  Json to_geojson() const;

  /// Depth first, siblings by code; the root is the first.
  std::span<const Node> nodes() const { return nodes_; }
  const Node& root() const { return nodes_.front(); }
  /// Null if there is none of that code.
  const Node* find(std::string_view code) const;
  /// The smallest region that holds the point (the deeper node if two are equal); null outside of all.
  const Node* locate(LatLon wgs84) const;
  /// True if `code` is `ancestor` or lies under it; false if either is unknown. Two binary searches.
  bool within(std::string_view code, std::string_view ancestor) const;
  /// The codes from this one up to the root; empty if unknown.
  std::vector<std::string> path(std::string_view code) const;
  /// The nodes right under this one, by code.
  std::vector<const Node*> children(std::string_view code) const;

  bool operator==(const Jurisdictions&) const = default;

 private:
  explicit Jurisdictions(std::vector<Node> nodes);

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> by_code_;
  /// The boxes of all nodes with a region, smallest area first, beside each other so that locate reads
  /// little.
  struct Candidate {
    Box box;
    std::uint32_t node;

    bool operator==(const Candidate&) const = default;
  };
  std::vector<Candidate> by_area_;
};

}  // namespace waystation::protocol
