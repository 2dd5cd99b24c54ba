// What holds for the files of the demo.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "protocol/geo.hpp"
#include "protocol/json.hpp"
#include "protocol/jurisdiction.hpp"

using namespace waystation::protocol;

namespace {

Json demo_file(const std::string& name) {
  std::ifstream file{WAYSTATION_SOURCE_DIR "/server/demo/" + name, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  auto json = parse_json(text);
  if (!json) BOOST_FAIL(name + ": " + json.error().detail);
  return std::move(*json);
}

Jurisdictions kaifeng(const Json& json = demo_file("kaifeng.geojson"), Crs crs = Crs::wgs84) {
  auto tree = Jurisdictions::from_geojson(json, crs);
  if (!tree) BOOST_FAIL(to_json(tree.error()).dump());
  return std::move(*tree);
}

const LatLon iron_pagoda{34.8175, 114.3632};

}  // namespace

BOOST_AUTO_TEST_SUITE(territory)

BOOST_AUTO_TEST_CASE(every_level_is_there) {
  const auto tree = kaifeng();
  constexpr std::array<std::size_t, 4> digits{6, 6, 9, 12};
  std::array<int, 4> levels{};
  for (const auto& node : tree.nodes()) {
    ++levels.at(static_cast<std::size_t>(node.level));
    BOOST_TEST(node.region.has_value() == (node.level < 2));
    BOOST_TEST(node.schematic == (node.level < 2));
    if (node.level > 0) {
      const std::string& parent = tree.nodes()[*node.parent].code;
      BOOST_TEST(node.code.starts_with(node.level == 1 ? "4102" : parent));
      BOOST_TEST(node.code.size() == digits.at(static_cast<std::size_t>(node.level)));
    }
  }
  BOOST_TEST((levels == std::array<int, 4>{1, 9, 124, 2528}));
  BOOST_TEST(tree.root().code == "410200");
  BOOST_TEST(tree.root().name == "开封市");
}

BOOST_AUTO_TEST_CASE(well_known_places_lie_in_their_districts) {
  const auto tree = kaifeng();
  BOOST_TEST(tree.locate(iron_pagoda)->code == "410203");
  BOOST_TEST(tree.locate({34.8107, 114.3417})->code == "410202");
  BOOST_TEST(tree.locate({34.789, 114.352})->code == "410204");
  BOOST_TEST(tree.locate({39.9, 116.4}) == nullptr);
}

BOOST_AUTO_TEST_CASE(districts_share_their_borders_and_fill_the_city) {
  const auto tree = kaifeng();
  double sum = 0;
  std::map<std::pair<std::pair<double, double>, std::pair<double, double>>, int> edges;
  for (const auto* district : tree.children("410200")) {
    sum += district->area_m2();
    const auto ring = district->region->polygons()[0].rings()[0];
    for (std::size_t i = 0; i + 1 < ring.size(); ++i)
      ++edges[std::minmax(std::pair{ring[i].lat, ring[i].lon}, std::pair{ring[i + 1].lat, ring[i + 1].lon})];
  }
  BOOST_TEST(sum == tree.root().area_m2(), boost::test_tools::tolerance(1e-6));
  BOOST_TEST(sum > 5.5e9);  // the real city has 6,266 km²
  BOOST_TEST(sum < 7e9);
  BOOST_TEST(std::ranges::none_of(edges, [](const auto& edge) { return edge.second > 2; }));

  std::mt19937 random{4};
  const Box box = tree.root().region->box();
  std::uniform_real_distribution lat{box.min_lat, box.max_lat};
  std::uniform_real_distribution lon{box.min_lon, box.max_lon};
  for (int i = 0; i < 5000; ++i) {
    const LatLon point{lat(random), lon(random)};
    int holders = 0;
    for (const auto* district : tree.children("410200"))
      holders += district->region->contains(point) ? 1 : 0;
    BOOST_TEST(holders == (tree.root().region->contains(point) ? 1 : 0));
  }
}

BOOST_AUTO_TEST_CASE(the_wrong_datum_moves_the_iron_pagoda_next_door) {
  auto shifted = demo_file("kaifeng.geojson");
  for (auto& feature : shifted["features"])
    if (!feature["geometry"].is_null())
      for (auto& ring : feature["geometry"]["coordinates"])
        for (auto& point : ring) {
          const auto gcj02 = wgs84_to_gcj02(
              {.lat = point[1].template get<double>(), .lon = point[0].template get<double>()});
          point = Json::array({gcj02.lon, gcj02.lat});
        }
  BOOST_TEST(kaifeng(shifted, Crs::wgs84).locate(iron_pagoda)->code == "410202");
  BOOST_TEST(kaifeng(shifted, Crs::gcj02).locate(iron_pagoda)->code == "410203");
}

BOOST_AUTO_TEST_CASE(written_and_read_again_it_is_the_same) {
  const auto tree = kaifeng();
  BOOST_TEST((kaifeng(tree.to_geojson()) == tree));
}

BOOST_AUTO_TEST_CASE(the_cast_stands_where_it_says) {
  const auto tree = kaifeng();
  const auto cast = demo_file("cast.json");
  std::set<std::string> keys;
  for (const char* list : {"stations", "teams", "informants"})
    for (const auto& each : cast[list]) {
      BOOST_TEST(keys.insert(each["key"].get<std::string>()).second);
      BOOST_TEST(tree.find(each["jurisdiction"].get<std::string>()) != nullptr);
    }
  for (const auto& team : cast["teams"])
    BOOST_TEST(keys.contains(team["station"].get<std::string>()));
  for (const auto& user : cast["users"]) {
    BOOST_TEST(tree.find(user["jurisdiction"].get<std::string>()) != nullptr);
    for (const char* place : {"team", "station"})
      if (user.contains(place)) BOOST_TEST(keys.contains(user[place].get<std::string>()));
  }
  const auto stands = [&](const Json& each) {
    const auto* node = tree.locate({each["lat"].get<double>(), each["lon"].get<double>()});
    BOOST_TEST_REQUIRE(node != nullptr);
    BOOST_TEST(node->code == each["jurisdiction"].get<std::string>());
  };
  for (const auto& sighting : cast["sightings"]) {
    stands(sighting);
    BOOST_TEST(keys.contains(sighting["by"].get<std::string>()));
  }
  for (const auto& point : demo_file("points.json")["points"])
    stands(point);
}

BOOST_AUTO_TEST_CASE(locating_takes_microseconds) {
  const auto tree = kaifeng();
  std::mt19937 random{5};
  const Box box = tree.root().region->box();
  std::uniform_real_distribution lat{box.min_lat, box.max_lat};
  std::uniform_real_distribution lon{box.min_lon, box.max_lon};
  constexpr int rounds = 20'000;
  int found = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i)
    found += tree.locate({lat(random), lon(random)}) != nullptr ? 1 : 0;
  const std::chrono::duration<double, std::micro> each = (std::chrono::steady_clock::now() - start) / rounds;
  BOOST_TEST_MESSAGE("locate: " << each.count() << " µs");
  BOOST_TEST(found > rounds / 2);
  BOOST_TEST(each.count() < 100);  // a loose bound: sanitised builds on busy machines
}

BOOST_AUTO_TEST_SUITE_END()
