#include "protocol/jurisdiction.hpp"

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/geo.hpp"
#include "protocol/json.hpp"
#include "protocol/problem.hpp"

using namespace waystation::protocol;

namespace {

Json square(double south, double west, double north, double east) {
  return {{"type", "Polygon"},
          {"coordinates", {{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}}};
}

Json feature(const std::string& code, const Json& parent, Json geometry = nullptr) {
  return {{"type", "Feature"},
          {"properties", {{"code", code}, {"name", "place " + code}, {"parent", parent}}},
          {"geometry", std::move(geometry)}};
}

Json collection(Json features) {
  return {{"type", "FeatureCollection"}, {"features", std::move(features)}};
}

/// A city of two halves; the east half has a street without a border.
Json small_city() {
  return collection(
      Json::array({feature("2-street", "2"), feature("1", "0", square(0, 0, 1, 1)),
                   feature("0", nullptr, square(0, 0, 1, 2)), feature("2", "0", square(0, 1, 1, 2))}));
}

Jurisdictions built(const Json& json, Crs crs = Crs::wgs84) {
  auto tree = Jurisdictions::from_geojson(json, crs);
  if (!tree) BOOST_FAIL(to_json(tree.error()).dump());
  return std::move(*tree);
}

/// The faults, as "pointer detail-beginning".
std::vector<FieldError> faults(const Json& json) {
  const auto tree = Jurisdictions::from_geojson(json, Crs::wgs84);
  if (tree) return {};
  BOOST_TEST((tree.error().slug == Slug::validation));
  return tree.error().errors;
}

void check_fault(const Json& json, const std::string& pointer, const std::string& part) {
  const auto found = faults(json);
  BOOST_TEST_REQUIRE(!found.empty());
  BOOST_TEST(found.front().pointer == pointer);
  BOOST_TEST(found.front().detail.find(part) != std::string::npos, found.front().detail);
}

std::string code_at(const Jurisdictions& tree, LatLon point) {
  const auto* node = tree.locate(point);
  return node == nullptr ? "" : node->code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jurisdiction)

BOOST_AUTO_TEST_CASE(a_tree_from_any_order) {
  const auto tree = built(small_city());
  BOOST_TEST(tree.root().code == "0");
  BOOST_TEST(tree.nodes().size() == 4U);
  BOOST_TEST(tree.find("2-street")->level == 2);
  BOOST_TEST(tree.find("3") == nullptr);
  BOOST_TEST((tree.path("2-street") == std::vector<std::string>{"2-street", "2", "0"}));
  BOOST_TEST(tree.path("3").empty());
  const auto children = tree.children("0");
  BOOST_TEST_REQUIRE(children.size() == 2U);
  BOOST_TEST(children[0]->code == "1");
  BOOST_TEST(children[1]->code == "2");
  BOOST_TEST(tree.children("1").empty());
  BOOST_TEST(tree.within("2-street", "0"));
  BOOST_TEST(tree.within("2-street", "2"));
  BOOST_TEST(tree.within("2", "2"));
  BOOST_TEST(!tree.within("2-street", "1"));
  BOOST_TEST(!tree.within("0", "2"));
  BOOST_TEST(!tree.within("3", "0"));
  BOOST_TEST(!tree.within("0", "3"));
}

BOOST_AUTO_TEST_CASE(the_smallest_region_wins) {
  const auto tree = built(small_city());
  BOOST_TEST(code_at(tree, {0.5, 0.5}) == "1");
  BOOST_TEST(code_at(tree, {0.5, 1.5}) == "2");
  BOOST_TEST(code_at(tree, {0.5, 1.0}) == code_at(tree, {0.25, 1.0}));
  BOOST_TEST(tree.locate({2, 2}) == nullptr);
  // A district that fills its city.
  const auto same = built(collection(
      Json::array({feature("a", nullptr, square(0, 0, 1, 1)), feature("b", "a", square(0, 0, 1, 1))})));
  BOOST_TEST(code_at(same, {0.5, 0.5}) == "b");
}

BOOST_AUTO_TEST_CASE(written_and_read_again_it_is_the_same) {
  auto json = small_city();
  json["features"][1]["properties"]["schematic"] = true;
  json["features"][1]["geometry"] = {{"type", "MultiPolygon"},
                                     {"coordinates",
                                      {square(0.1234567891, 0, 0.3, 0.3)["coordinates"],
                                       square(0.4, 0.4, 0.5, 0.987654321)["coordinates"]}}};
  const auto tree = built(json, Crs::gcj02);
  const auto again = built(tree.to_geojson());
  BOOST_TEST((again == tree));
  BOOST_TEST((again.to_geojson() == tree.to_geojson()));
  BOOST_TEST(again.find("1")->schematic);
  BOOST_TEST(!again.find("2")->schematic);
  BOOST_TEST(tree.to_geojson()["features"][0]["properties"]["parent"].is_null());
}

BOOST_AUTO_TEST_CASE(faults_of_the_tree) {
  auto json = small_city();
  json["features"][2]["properties"]["parent"] = "1";
  check_fault(json, "/features", "root");
  json = small_city();
  json["features"][3]["properties"].erase("parent");
  check_fault(json, "/features/3/properties/parent", "second root");
  json = small_city();
  json["features"][0]["properties"]["parent"] = "nowhere";
  check_fault(json, "/features/0/properties/parent", "nowhere");
  json = small_city();
  json["features"][3]["properties"]["parent"] = "2-street";
  check_fault(json, "/features/0/properties/parent", "circle");
  BOOST_TEST(faults(json).size() == 2U);
  json = small_city();
  json["features"][1]["properties"]["parent"] = "1";
  check_fault(json, "/features/1/properties/parent", "circle");
  json = small_city();
  json["features"][3]["properties"]["code"] = "1";
  check_fault(json, "/features/3/properties/code", "twice");
}

BOOST_AUTO_TEST_CASE(nine_levels_and_no_more) {
  Json features = Json::array({feature("n0", nullptr)});
  for (int i = 1; i <= 8; ++i)
    features.push_back(feature("n" + std::to_string(i), "n" + std::to_string(i - 1)));
  BOOST_TEST(built(collection(features)).find("n8")->level == 8);
  features.push_back(feature("n9", "n8"));
  check_fault(collection(features), "/features/9/properties/parent", "deeper");
  for (int i = 10; i < 5000; ++i)
    features.push_back(feature("n" + std::to_string(i), "n" + std::to_string(i - 1)));
  BOOST_TEST(faults(collection(features)).size() == 1U);
}

BOOST_AUTO_TEST_CASE(faults_of_the_shape) {
  check_fault(Json::array(), "", "object");
  check_fault(Json::object(), "/type", "required");
  check_fault({{"type", "FeatureCollection"}}, "/features", "required");
  check_fault(collection(Json::array()), "/features", "array");
  check_fault(collection(Json::array({7})), "/features/0", "object");
  auto json = small_city();
  json["type"] = "Feature";
  check_fault(json, "/type", "FeatureCollection");
  const auto with = [](const char* member, Json value) {
    auto changed = small_city();
    changed["features"][1]["properties"][member] = std::move(value);
    return changed;
  };
  for (const Json& code :
       {Json(410200), Json(""), Json("a b"), Json("开封"), Json(std::string(21, '1')), Json(true)})
    check_fault(with("code", code), "/features/1/properties/code", "1 to 20");
  check_fault(with("code", nullptr), "/features/1/properties/code", "required");
  check_fault(with("name", ""), "/features/1/properties/name", "1 to 200");
  check_fault(with("name", std::string(201, 'x')), "/features/1/properties/name", "1 to 200");
  check_fault(with("parent", 0), "/features/1/properties/parent", "1 to 20");
  check_fault(with("schematic", "yes"), "/features/1/properties/schematic", "true or false");
}

BOOST_AUTO_TEST_CASE(faults_of_geometries) {
  const auto with = [](Json geometry) {
    return collection(Json::array({feature("0", nullptr, std::move(geometry))}));
  };
  const auto ring = [&](Json points) {
    return with({{"type", "Polygon"}, {"coordinates", Json::array({std::move(points)})}});
  };
  const std::string first = "/features/0/geometry/coordinates/0";
  check_fault(with({{"type", "Point"}, {"coordinates", {1, 2}}}), "/features/0/geometry/type",
              "MultiPolygon");
  check_fault(with({{"type", "Polygon"}}), "/features/0/geometry/coordinates", "required");
  check_fault(with({{"type", "Polygon"}, {"coordinates", Json::array()}}), "/features/0/geometry/coordinates",
              "array");
  check_fault(with("POLYGON"), "/features/0/geometry", "object");
  check_fault(ring({{0, 0}, {1, 1}, {0, 0}}), first, "4 positions");
  check_fault(ring({{0, 0}, {1, 0}, {1, 1}, {0, 1}}), first, "closed");
  check_fault(ring({{0, 0}, {1, 0}, {1, "1"}, {0, 0}}), first + "/2", "longitude");
  check_fault(ring({{0, 0}, {1}, {1, 1}, {0, 0}}), first + "/1", "longitude");
  check_fault(ring({{34, 114}, {35, 114}, {35, 115}, {34, 114}}), first + "/0", "latitude first");
  check_fault(ring({{1e6, 4e6}, {1.1e6, 4e6}, {1.1e6, 4.1e6}, {1e6, 4e6}}), first + "/0", "metres");
  check_fault(ring({{NAN, 0}, {1, 0}, {1, 1}, {NAN, 0}}), first, "closed");
  check_fault(ring({{0, 0}, {1, INFINITY}, {1, 1}, {0, 0}}), first + "/1", "degrees");
  auto hole = square(0, 0, 3, 3);
  hole["coordinates"].push_back({{1, 1}, {2, 2}, {1, 1}});
  check_fault(with(hole), "/features/0/geometry/coordinates/1", "4 positions");
  Json many{{"type", "MultiPolygon"}, {"coordinates", {square(0, 0, 1, 1)["coordinates"], Json::array({7})}}};
  check_fault(with(many), "/features/0/geometry/coordinates/1/0", "4 positions");
  // A height is fine, and so is a file that leaves the geometry out.
  BOOST_TEST(faults(ring({{0, 0, 5}, {1, 0, 5}, {1, 1, 5}, {0, 0, 5}})).empty());
  auto without = with(nullptr);
  without["features"][0].erase("geometry");
  BOOST_TEST(faults(without).empty());
}

BOOST_AUTO_TEST_CASE(limits) {
  Json features = Json::array({feature("root", nullptr)});
  for (int i = 1; i < 20'000; ++i)
    features.push_back(feature(std::to_string(i), "root"));
  BOOST_TEST(faults(collection(features)).empty());
  features.push_back(feature("one-more", "root"));
  check_fault(collection(features), "/features", "20000");
  for (auto& each : features)
    each["properties"]["code"] = "?";
  features.erase(features.begin());
  BOOST_TEST(faults(collection(features)).size() == 100U);

  Json points = Json::array();
  for (int i = 0; i < 500'001; ++i)
    points.push_back(Json::array({0, 0}));
  const Json big{{"type", "Polygon"}, {"coordinates", Json::array({points})}};
  Json areas = Json::array({feature("0", nullptr, big)});
  for (const char* code : {"1", "2", "3"})
    areas.push_back(feature(code, "0", big));
  check_fault(collection(areas), "/features/3/geometry/coordinates/0", "2000000");
}

BOOST_AUTO_TEST_CASE(locate_agrees_with_brute_force) {
  std::mt19937 random{3};
  std::uniform_real_distribution place{0.0, 0.9};
  std::uniform_real_distribution size{0.01, 0.3};
  Json features = Json::array({feature("0", nullptr, square(0, 0, 1, 1))});
  for (int i = 1; i < 300; ++i) {
    const double south = place(random);
    const double west = place(random);
    features.push_back(
        feature(std::to_string(i), "0", square(south, west, south + size(random), west + size(random))));
  }
  const auto tree = built(collection(features));
  std::uniform_real_distribution anywhere{-0.1, 1.3};
  for (int i = 0; i < 5000; ++i) {
    const LatLon point{anywhere(random), anywhere(random)};
    const Jurisdictions::Node* best = nullptr;
    for (const auto& node : tree.nodes())
      if (node.region && node.region->contains(point) &&
          (best == nullptr || node.area_m2() < best->area_m2()))
        best = &node;
    BOOST_TEST(tree.locate(point) == best);
  }
}

BOOST_AUTO_TEST_SUITE_END()
