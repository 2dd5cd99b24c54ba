#include "protocol/geo.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <utility>

namespace waystation::protocol {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double mean_radius_m = 6'371'008.8;

constexpr double radians(double degrees) {
  return degrees * (pi / 180);
}

bool uses_gcj02(LatLon point) {
  return point.lon >= 72.004 && point.lon <= 137.8347 && point.lat >= 0.8293 && point.lat <= 55.8271;
}

/// What GCJ-02 adds to a WGS-84 position, in degrees.
LatLon gcj02_offset(LatLon wgs84) {
  constexpr double semi_major_m = 6'378'245.0;
  constexpr double eccentricity2 = 0.00669342162296594323;
  const double x = wgs84.lon - 105;
  const double y = wgs84.lat - 35;
  const double common = (20 * std::sin(6 * x * pi) + 20 * std::sin(2 * x * pi)) * 2 / 3;
  const double root = 0.1 * std::sqrt(std::abs(x));
  const double north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 2 * root + common +
                         (20 * std::sin(y * pi) + 40 * std::sin(y / 3 * pi)) * 2 / 3 +
                         (160 * std::sin(y / 12 * pi) + 320 * std::sin(y * pi / 30)) * 2 / 3;
  const double east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + root + common +
                        (20 * std::sin(x * pi) + 40 * std::sin(x / 3 * pi)) * 2 / 3 +
                        (150 * std::sin(x / 12 * pi) + 300 * std::sin(x / 30 * pi)) * 2 / 3;
  const double sine = std::sin(radians(wgs84.lat));
  const double flat = 1 - eccentricity2 * sine * sine;
  const double meridian_m = semi_major_m * (1 - eccentricity2) / (flat * std::sqrt(flat));
  const double parallel_m = semi_major_m / std::sqrt(flat) * std::cos(radians(wgs84.lat));
  return {.lat = north_m / meridian_m * (180 / pi), .lon = east_m / parallel_m * (180 / pi)};
}

/// Signed by direction: trapezoids on the sphere (Chamberlain and Duquette, JPL Publication 07-03).
double ring_area_m2(const Ring& ring) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i)
    sum += radians(ring[i + 1].lon - ring[i].lon) *
           (2 + std::sin(radians(ring[i].lat)) + std::sin(radians(ring[i + 1].lat)));
  return sum * mean_radius_m * mean_radius_m / 2;
}

}  // namespace

LatLon wgs84_to_gcj02(LatLon wgs84) {
  if (!uses_gcj02(wgs84)) return wgs84;
  const LatLon offset = gcj02_offset(wgs84);
  return {.lat = wgs84.lat + offset.lat, .lon = wgs84.lon + offset.lon};
}

LatLon gcj02_to_wgs84(LatLon gcj02) {
  if (!uses_gcj02(gcj02)) return gcj02;
  LatLon guess = gcj02;
  // The offset changes by less than 1 % of a step, so each round gains two digits and more.
  for (int round = 0; round < 6; ++round) {
    const LatLon offset = gcj02_offset(guess);
    guess = {.lat = gcj02.lat - offset.lat, .lon = gcj02.lon - offset.lon};
  }
  return guess;
}

double distance_m(LatLon a, LatLon b) {
  const double lat = std::sin(radians(b.lat - a.lat) / 2);
  const double lon = std::sin(radians(b.lon - a.lon) / 2);
  const double square = lat * lat + std::cos(radians(a.lat)) * std::cos(radians(b.lat)) * lon * lon;
  return 2 * mean_radius_m * std::asin(std::sqrt(std::min(1.0, square)));
}

void Box::add(LatLon point) {
  min_lat = std::min(min_lat, point.lat);
  min_lon = std::min(min_lon, point.lon);
  max_lat = std::max(max_lat, point.lat);
  max_lon = std::max(max_lon, point.lon);
}

void Box::add(const Box& other) {
  min_lat = std::min(min_lat, other.min_lat);
  min_lon = std::min(min_lon, other.min_lon);
  max_lat = std::max(max_lat, other.max_lat);
  max_lon = std::max(max_lon, other.max_lon);
}

Polygon::Polygon(std::vector<Ring> rings) : rings_(std::move(rings)) {
  for (const Ring& ring : rings_) {
    for (LatLon point : ring)
      box_.add(point);
    const double area = std::abs(ring_area_m2(ring));
    area_m2_ += &ring == &rings_.front() ? area : -area;
  }
  area_m2_ = std::max(0.0, area_m2_);
  index_edges();
}

std::size_t Polygon::band_of(double lat) const {
  const auto bands = band_starts_.size() - 1;
  const double height = box_.max_lat - box_.min_lat;
  if (!(height > 0)) return 0;
  const auto band = static_cast<std::size_t>((lat - box_.min_lat) / height * static_cast<double>(bands));
  return std::min(band, bands - 1);
}

void Polygon::index_edges() {
  constexpr std::size_t edges_a_band = 8;
  constexpr std::size_t most_bands = 256;
  std::vector<Edge> all;
  for (const Ring& ring : rings_)
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      const LatLon& a = ring[i];
      const LatLon& b = ring[i + 1];
      if (a.lat < b.lat) all.push_back({a, b});
      if (b.lat < a.lat) all.push_back({b, a});  // level edges cross no ray
    }
  const auto each_band = [&](auto visit) {
    for (const Edge& edge : all)
      for (std::size_t band = band_of(edge.low.lat), last = band_of(edge.high.lat); band <= last; ++band)
        visit(edge, band);
  };
  // An edge stands in every band it crosses: fewer bands where tall edges would multiply.
  for (auto bands = std::clamp(all.size() / edges_a_band, std::size_t{1}, most_bands);; bands /= 2) {
    band_starts_.assign(bands + 1, 0);
    std::size_t entries = 0;
    for (const Edge& edge : all)
      entries += band_of(edge.high.lat) - band_of(edge.low.lat) + 1;
    if (entries <= 4 * all.size() || bands == 1) break;
  }
  each_band([&](const Edge&, std::size_t band) { ++band_starts_[band + 1]; });
  std::partial_sum(band_starts_.begin(), band_starts_.end(), band_starts_.begin());
  edges_.resize(band_starts_.back());
  auto next = band_starts_;
  each_band([&](const Edge& edge, std::size_t band) { edges_[next[band]++] = edge; });
}

bool Polygon::contains(LatLon point) const {
  if (!box_.contains(point)) return false;
  const std::size_t band = band_of(point.lat);
  bool inside = false;
  for (std::uint32_t i = band_starts_[band]; i < band_starts_[band + 1]; ++i) {
    const auto& [low, high] = edges_[i];
    if (low.lat > point.lat || high.lat <= point.lat) continue;
    // Is the edge east of the point? On the edge counts as east of it.
    const double cross =
        (high.lon - low.lon) * (point.lat - low.lat) - (point.lon - low.lon) * (high.lat - low.lat);
    if (cross >= 0) inside = !inside;
  }
  return inside;
}

Region::Region(std::vector<Polygon> polygons) : polygons_(std::move(polygons)) {
  for (const Polygon& polygon : polygons_) {
    box_.add(polygon.box());
    area_m2_ += polygon.area_m2();
  }
}

bool Region::contains(LatLon point) const {
  if (!box_.contains(point)) return false;
  return std::ranges::any_of(polygons_, [&](const Polygon& polygon) { return polygon.contains(point); });
}

}  // namespace waystation::protocol
