#include "protocol/time.hpp"

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

using namespace waystation::protocol;

namespace {

/// What parse_time makes of a text, written out again; "-" for nothing.
std::string normal(std::string_view text) {
  const auto time = parse_time(text);
  return time ? to_string(*time) : "-";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(the_same_moment_in_every_form) {
  for (std::string_view text :
       {"2026-01-31T08:05:00Z", "2026-01-31T08:05:00.000Z", "2026-01-31t08:05:00z", "2026-01-31 08:05:00Z",
        "2026-01-31T16:05:00+08:00", "2026-01-31T03:35:00-04:30", "2026-01-31T08:05:00+00:00",
        "2026-01-31T08:05:00-00:00", "2026-01-31T08:05:00.000999Z"})
    BOOST_TEST(normal(text) == "2026-01-31T08:05:00.000Z", text);
}

BOOST_AUTO_TEST_CASE(fractions_are_cut_to_milliseconds) {
  BOOST_TEST(normal("2026-01-31T08:05:00.1Z") == "2026-01-31T08:05:00.100Z");
  BOOST_TEST(normal("2026-01-31T08:05:00.12Z") == "2026-01-31T08:05:00.120Z");
  BOOST_TEST(normal("2026-01-31T08:05:00.123456789Z") == "2026-01-31T08:05:00.123Z");
  BOOST_TEST(normal("2026-01-31T08:05:59.9999Z") == "2026-01-31T08:05:59.999Z");
  BOOST_TEST(normal("2026-01-31T08:05:00." + std::string(10'000, '9') + "Z") == "2026-01-31T08:05:00.999Z");
}

BOOST_AUTO_TEST_CASE(calendar_edges) {
  BOOST_TEST(normal("2024-02-29T23:59:59Z") == "2024-02-29T23:59:59.000Z");
  BOOST_TEST(normal("2000-02-29T00:00:00Z") == "2000-02-29T00:00:00.000Z");
  BOOST_TEST(normal("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000Z");
  BOOST_TEST(normal("1970-01-01T00:00:00Z") == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(normal("9998-12-31T23:59:59.999Z") == "9998-12-31T23:59:59.999Z");
  BOOST_TEST(normal("2026-01-01T00:30:00+08:00") == "2025-12-31T16:30:00.000Z");
  for (std::string_view text :
       {"2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z",
        "2026-01-31T08:05:61Z", "2026-01-31T08:05:00+24:00", "2026-01-31T08:05:00+08:60",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "9999-01-01T00:00:00Z"})
    BOOST_TEST(normal(text) == "-", text);
}

BOOST_AUTO_TEST_CASE(what_is_no_date_time) {
  for (std::string_view text :
       {"", "Z", "2026", "2026-01-31", "2026-01-31T08:05Z", "2026-01-31T08:05:00", "2026-01-31T08:05:00.Z",
        "2026-01-31T08:05:00,5Z", "2026-01-31T08:05:00+0800", "2026-01-31T08:05:00+08", "2026-1-31T08:05:00Z",
        "20260131T080500Z", "2026-01-31T08:05:00Zx", " 2026-01-31T08:05:00Z", "2026-01-31T08:05:00 Z",
        "+026-01-31T08:05:00Z", "2026-01-31T-8:05:00Z", "２０２６-01-31T08:05:00Z", "12026-01-31T08:05:00Z"})
    BOOST_TEST(normal(text) == "-", text);
  BOOST_TEST(normal(std::string_view{"2026-01-31T08:05:00Z\0", 21}) == "-");
}

BOOST_AUTO_TEST_CASE(written_and_read_again_it_is_the_same) {
  std::mt19937_64 random{6};
  std::uniform_int_distribution<std::int64_t> millis{0, 253'370'764'799'999};
  for (int i = 0; i < 10'000; ++i) {
    const Time time{std::chrono::milliseconds{millis(random)}};
    BOOST_TEST((parse_time(to_string(time)) == time));
  }
}

BOOST_AUTO_TEST_SUITE_END()
