#include "protocol/geo.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace waystation::protocol;

namespace {

// Forward values of the published formula, as npm gcoord 1.0.7 computes them.
struct Pair {
  LatLon wgs84;
  LatLon gcj02;
};
const std::vector<Pair> references{
    {{34.8175, 114.3632}, {34.816728172, 114.369134192}},  // Kaifeng, Iron Pagoda
    {{34.8107, 114.3417}, {34.809885113, 114.347602241}},  // Kaifeng, Daliang Gate
    {{34.822, 114.821}, {34.821005303, 114.826555773}},    // Lankao
    {{39.9042, 116.4074}, {39.905603343, 116.413642254}},  // Beijing
    {{31.2304, 121.4737}, {31.228457738, 121.478223059}},  // Shanghai
    {{23.1291, 113.2644}, {23.126423340, 113.269729592}},  // Guangzhou
    {{43.8256, 87.6168}, {43.826805393, 87.619649949}},    // Urumqi
    {{29.652, 91.1721}, {29.649210494, 91.173567372}},     // Lhasa
    {{45.8038, 126.535}, {45.805781525, 126.541040350}},   // Harbin
    {{39.4704, 75.9898}, {39.470627026, 75.992754990}},    // Kashgar
    {{18.2528, 109.5119}, {18.251094792, 109.515984295}},  // Sanya
    {{53.4811, 122.37}, {53.483160464, 122.377559746}},    // Mohe
};

Ring box_ring(double south, double west, double north, double east) {
  return {{south, west}, {south, east}, {north, east}, {north, west}, {south, west}};
}

/// Even-odd over every edge: what the index has to agree with.
bool slow_contains(const std::vector<Ring>& rings, LatLon p) {
  bool inside = false;
  for (const Ring& ring : rings)
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      const LatLon a = ring[i];
      const LatLon b = ring[i + 1];
      if ((a.lat > p.lat) != (b.lat > p.lat) &&
          p.lon < a.lon + (p.lat - a.lat) / (b.lat - a.lat) * (b.lon - a.lon))
        inside = !inside;
    }
  return inside;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(geo)

BOOST_AUTO_TEST_CASE(gcj02_agrees_with_reference_values) {
  for (const auto& [wgs84, gcj02] : references) {
    BOOST_TEST(distance_m(wgs84_to_gcj02(wgs84), gcj02) < 0.001);
    BOOST_TEST(distance_m(gcj02_to_wgs84(gcj02), wgs84) < 0.001);
    BOOST_TEST(distance_m(wgs84, gcj02) > 100);
  }
}

BOOST_AUTO_TEST_CASE(the_offset_in_kaifeng_is_some_hundred_metres) {
  BOOST_TEST(distance_m({34.8175, 114.3632}, wgs84_to_gcj02({34.8175, 114.3632})) == 548.6,
             boost::test_tools::tolerance(0.005));
}

BOOST_AUTO_TEST_CASE(round_trips_stay_within_a_twentieth_of_a_millimetre) {
  std::mt19937 random{1};
  std::uniform_real_distribution lat{3.0, 54.0};
  std::uniform_real_distribution lon{73.0, 136.0};
  double worst = 0;
  for (int i = 0; i < 20'000; ++i) {
    const LatLon point{lat(random), lon(random)};
    worst = std::max(worst, distance_m(point, gcj02_to_wgs84(wgs84_to_gcj02(point))));
  }
  BOOST_TEST(worst < 0.00005);
}

BOOST_AUTO_TEST_CASE(outside_china_both_directions_are_the_identity) {
  for (LatLon point :
       {LatLon{35.6812, 139.7671}, LatLon{51.5074, -0.1278}, LatLon{0.5, 100}, LatLon{-33.9, 151.2}}) {
    BOOST_TEST((wgs84_to_gcj02(point) == point));
    BOOST_TEST((gcj02_to_wgs84(point) == point));
  }
}

BOOST_AUTO_TEST_CASE(distances) {
  BOOST_TEST(distance_m({0, 0}, {0, 0}) == 0.0);
  BOOST_TEST(distance_m({0, 0}, {0, 1}) == 111'195.1, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(distance_m({0, 179.5}, {0, -179.5}) == 111'195.1, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(distance_m({90, 0}, {-90, 77}) == 6'371'008.8 * 3.14159265358979,
             boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(area_of_a_square_degree_and_of_the_sphere) {
  const Polygon degree{{box_ring(0, 0, 1, 1)}};
  BOOST_TEST(degree.area_m2() == 12'363.7e6, boost::test_tools::tolerance(0.001));
  const Polygon turned{{{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}}};
  BOOST_TEST(turned.area_m2() == degree.area_m2(), boost::test_tools::tolerance(1e-12));
  const Polygon holed{{box_ring(0, 0, 1, 1), box_ring(0.25, 0.25, 0.75, 0.75)}};
  BOOST_TEST(holed.area_m2() == degree.area_m2() * 0.75, boost::test_tools::tolerance(0.001));
}

BOOST_AUTO_TEST_CASE(holes_are_outside_and_their_border_is_on_one_side) {
  const Polygon ring{{box_ring(0, 0, 3, 3), box_ring(1, 1, 2, 2)}};
  const Polygon plug{{box_ring(1, 1, 2, 2)}};
  BOOST_TEST(ring.contains({0.5, 1.5}));
  BOOST_TEST(!ring.contains({1.5, 1.5}));
  BOOST_TEST(!ring.contains({1.5, 4}));
  for (double at = 1; at <= 2; at += 0.125)
    for (LatLon point : {LatLon{at, 1}, LatLon{at, 2}, LatLon{1, at}, LatLon{2, at}})
      BOOST_TEST(ring.contains(point) != plug.contains(point));
}

BOOST_AUTO_TEST_CASE(a_shared_border_belongs_to_exactly_one_side) {
  // A fan of triangles around a point, each listing its edges in its own direction.
  const LatLon centre{34.8, 114.35};
  std::vector<LatLon> rim;
  for (int i = 0; i < 7; ++i)
    rim.push_back({centre.lat + 0.1 * std::sin(i * 0.897), centre.lon + 0.1 * std::cos(i * 0.897)});
  std::vector<Polygon> fan;
  for (std::size_t i = 0; i < rim.size(); ++i) {
    const LatLon next = rim[(i + 1) % rim.size()];
    fan.emplace_back(i % 2 == 0 ? std::vector<Ring>{{centre, rim[i], next, centre}}
                                : std::vector<Ring>{{next, rim[i], centre, next}});
  }
  const auto holders = [&](LatLon point) {
    int count = 0;
    for (const Polygon& slice : fan)
      count += slice.contains(point) ? 1 : 0;
    return count;
  };
  BOOST_TEST(holders(centre) == 1);
  for (LatLon corner : rim)
    for (int step = 0; step < 1000; ++step) {
      const double t = step / 1000.0;
      BOOST_TEST(holders({centre.lat + t * (corner.lat - centre.lat),
                          centre.lon + t * (corner.lon - centre.lon)}) == 1);
    }
}

BOOST_AUTO_TEST_CASE(the_index_agrees_with_every_edge) {
  std::mt19937 random{2};
  std::uniform_real_distribution unit{0.0, 1.0};
  // A star of many points (short edges, many bands), a comb (edges as tall as the whole) and a triangle.
  Ring star;
  for (int i = 0; i < 5000; ++i) {
    const double radius = 0.3 + 0.2 * unit(random);
    star.push_back({0.5 + radius * std::sin(i * 0.00125664), 0.5 + radius * std::cos(i * 0.00125664)});
  }
  star.push_back(star.front());
  Ring comb{{0, 0}};
  for (int i = 0; i < 3000; ++i)
    comb.push_back({i % 2 == 0 ? 1 - 0.1 * unit(random) : 0.1 * unit(random), i / 3000.0});
  comb.push_back({0, 1});
  comb.push_back(comb.front());
  const std::vector<std::vector<Ring>> shapes{
      {star}, {comb}, {{{0, 0}, {1, 0.3}, {0.2, 0.9}, {0, 0}}}, {box_ring(0.5, 0, 0.5, 1)}};
  for (const auto& rings : shapes) {
    const Polygon polygon{rings};
    int differing = 0;
    for (int i = 0; i < 5000; ++i) {
      const LatLon point{unit(random), unit(random)};
      differing += polygon.contains(point) != slow_contains(rings, point) ? 1 : 0;
    }
    BOOST_TEST(differing == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_region_is_all_of_its_polygons) {
  const Region region{{Polygon{{box_ring(0, 0, 1, 1)}}, Polygon{{box_ring(0, 5, 1, 6)}}}};
  BOOST_TEST(region.contains({0.5, 0.5}));
  BOOST_TEST(region.contains({0.5, 5.5}));
  BOOST_TEST(!region.contains({0.5, 3}));
  BOOST_TEST(!region.contains({NAN, NAN}));
  BOOST_TEST(region.area_m2() == 2 * region.polygons()[0].area_m2(), boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_SUITE_END()
