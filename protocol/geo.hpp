#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "protocol/vocabulary.hpp"

namespace waystation::protocol {

/// A position in degrees, WGS-84 unless said otherwise.
struct LatLon {
  double lat = 0;  // -90–90
  double lon = 0;  // -180–180

  bool operator==(const LatLon&) const = default;
};

/// The published forward formula of GCJ-02 (Krasovsky 1940 ellipsoid). The identity outside 0.8293–55.8271 N,
/// 72.004–137.8347 E, as map services have it.
LatLon wgs84_to_gcj02(LatLon wgs84);

/// The inverse by fixed-point iteration, within 0.05 mm; the same box, in which the offset is smooth.
LatLon gcj02_to_wgs84(LatLon gcj02);

/// Great-circle metres on the mean sphere (haversine, radius 6,371,008.8 m).
double distance_m(LatLon a, LatLon b);

/// A closed range of latitude and longitude; as made, it holds nothing. Does not cross the antimeridian.
struct Box {
  double min_lat = 91;
  double min_lon = 181;
  double max_lat = -91;
  double max_lon = -181;

  bool operator==(const Box&) const = default;
  void add(LatLon point);
  void add(const Box& other);
  bool contains(LatLon point) const {
    return point.lat >= min_lat && point.lat <= max_lat && point.lon >= min_lon && point.lon <= max_lon;
  }
};

/// Closed: the last point repeats the first (RFC 7946 §3.1.6). Either direction.
using Ring = std::vector<LatLon>;

/// An outer ring and its holes. Immutable: what `contains` needs is prepared once. Edges are straight in
/// latitude and longitude, as RFC 7946 draws them.
class Polygon {
 public:
  /// The outer ring first, each of at least four points.
  explicit Polygon(std::vector<Ring> rings);

  std::span<const Ring> rings() const { return rings_; }
  const Box& box() const { return box_; }
  /// Square metres on the sphere, without the holes.
  double area_m2() const { return area_m2_; }
  /// Even-odd. A point on an edge two polygons share (the same two vertices) is in exactly one of them.
  bool contains(LatLon point) const;

  bool operator==(const Polygon& other) const { return rings_ == other.rings_; }

 private:
  /// Lower latitude first, so that both neighbours of an edge compute the same bits.
  struct Edge {
    LatLon low;
    LatLon high;
  };

  std::size_t band_of(double lat) const;
  void index_edges();

  std::vector<Ring> rings_;
  Box box_;
  double area_m2_ = 0;
  /// Edges sorted into bands of latitude: those of band i lie from band_starts_[i] to band_starts_[i + 1].
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> band_starts_;
};

/// One or more polygons, as a Polygon or MultiPolygon of GeoJSON is one place. Immutable.
class Region {
 public:
  explicit Region(std::vector<Polygon> polygons);

  std::span<const Polygon> polygons() const { return polygons_; }
  const Box& box() const { return box_; }
  /// Square metres; what polygons share counts twice.
  double area_m2() const { return area_m2_; }
  bool contains(LatLon point) const;

  bool operator==(const Region& other) const { return polygons_ == other.polygons_; }

 private:
  std::vector<Polygon> polygons_;
  Box box_;
  double area_m2_ = 0;
};

}  // namespace waystation::protocol
