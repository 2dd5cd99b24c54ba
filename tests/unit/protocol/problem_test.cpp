#include "protocol/problem.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/json.hpp"

using namespace waystation::protocol;

BOOST_AUTO_TEST_SUITE(problem)

BOOST_AUTO_TEST_CASE(slugs_and_statuses_are_the_contracts) {
  const std::vector<std::pair<std::string_view, int>> contract{{"malformed", 400},
                                                               {"unauthenticated", 401},
                                                               {"forbidden", 403},
                                                               {"not-found", 404},
                                                               {"method-not-allowed", 405},
                                                               {"conflict", 409},
                                                               {"invalid-transition", 409},
                                                               {"gone", 410},
                                                               {"precondition-failed", 412},
                                                               {"too-large", 413},
                                                               {"unsupported-media-type", 415},
                                                               {"range-not-satisfiable", 416},
                                                               {"validation", 422},
                                                               {"upgrade-required", 426},
                                                               {"rate-limited", 429},
                                                               {"overloaded", 503},
                                                               {"checksum-mismatch", 460},
                                                               {"internal", 500},
                                                               {"insufficient-storage", 507}};
  for (std::size_t i = 0; i < contract.size(); ++i) {
    const auto slug = static_cast<Slug>(i);
    BOOST_TEST(slug_name(slug) == contract[i].first);
    BOOST_TEST(status_of(slug) == contract[i].second);
  }
  BOOST_TEST(contract.size() == static_cast<std::size_t>(Slug::insufficient_storage) + 1);
}

BOOST_AUTO_TEST_CASE(a_problem_document) {
  const Json document = to_json(invalid("/position/lat", "is required"));
  BOOST_TEST(document["type"] == "/problems/validation");
  BOOST_TEST(document["status"] == 422);
  BOOST_TEST(document["title"].is_string());
  BOOST_TEST(document["errors"] == Json::parse(R"([{"pointer":"/position/lat","detail":"is required"}])"));
  const Json plain =
      to_json({.slug = Slug::conflict, .detail = "x", .errors = {}, .current = Json{{"version", 3}}});
  BOOST_TEST(!plain.contains("errors"));
  BOOST_TEST(plain["current"]["version"] == 3);
}

BOOST_AUTO_TEST_CASE(many_faults_in_one_problem) {
  const auto problem = invalid({{"", "must be an object"}, {"/a", "is required"}});
  BOOST_TEST((problem.slug == Slug::validation));
  BOOST_TEST(problem.errors.size() == 2U);
  BOOST_TEST(problem.detail == "must be an object");
  BOOST_TEST(invalid(std::vector<FieldError>{{"/a", "is required"}}).detail == "/a: is required");
}

BOOST_AUTO_TEST_SUITE_END()
