#include "protocol/json.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/problem.hpp"

using namespace waystation::protocol;
using namespace std::string_literals;

namespace {

bool malformed(std::string_view text) {
  const auto parsed = parse_json(text);
  return !parsed && parsed.error().slug == Slug::malformed && !parsed.error().detail.empty();
}

Json parsed(std::string_view text) {
  auto value = parse_json(text);
  if (!value) BOOST_FAIL("refused: " + std::string{text});
  return std::move(*value);
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

/// Reads one value at "/x" with `read`; checks that a fault is told exactly where nothing is answered.
template <class F>
auto read(const Json& value, F reading) {
  std::vector<FieldError> errors;
  const auto answer = reading(Reader{value, "/x", errors});
  BOOST_TEST(answer.has_value() == errors.empty());
  for (const auto& error : errors)
    BOOST_TEST(error.pointer == "/x");
  return answer;
}

std::optional<std::int64_t> integer(std::string_view text, std::int64_t min, std::int64_t max) {
  return read(parsed(text), [&](const Reader& reader) { return reader.integer(min, max); });
}

std::optional<double> number(const Json& value, double min, double max) {
  return read(value, [&](const Reader& reader) { return reader.number(min, max); });
}

std::optional<std::string> text(const Json& value, std::size_t min, std::size_t max) {
  return read(value, [&](const Reader& reader) { return reader.text(min, max); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(only_json_in_utf8_is_taken) {
  for (std::string_view good :
       {"{}", "[]", "null", "0", "\"\"", " [1, 2.5e3, -0] ", "\"\\ud83d\\ude00\"", "\"开封\""})
    BOOST_TEST(parse_json(good).has_value(), good);
  for (std::string_view bad :
       {"",      " ",   "{",   "]",       "[1,]",   "{\"a\":1,}", "{a:1}",    "'a'",
        "01",    "+1",  ".5",  "1.",      "0x10",   "NaN",        "Infinity", "-Infinity",
        "1e400", "tru", "nul", "[1] [2]", "//x\n1", "\"a\nb\"",   "\"\\x\"",  "\"\\u12\""})
    BOOST_TEST(malformed(bad), bad);
  BOOST_TEST(malformed("[1]\0"s));
}

BOOST_AUTO_TEST_CASE(bad_utf8_and_lone_surrogates_are_malformed) {
  for (const auto& bad : {"\"\xff\""s, "\"\xc3\""s, "\"\xc0\xaf\""s, "\"\xed\xa0\x80\""s,
                          "\"\xf5\x80\x80\x80\""s, "\"\xe5\xbc\""s, "\"\x80\""s, "{\"\xff\":1}"s,
                          "\"\\ud800\""s, "\"\\udc00\""s, "\"\\ud800x\""s, "\"\\ud800\\ud800\""s})
    BOOST_TEST(malformed(bad));
}

BOOST_AUTO_TEST_CASE(thirty_two_deep_and_no_deeper) {
  BOOST_TEST(parse_json(nested(32)).has_value());
  BOOST_TEST(malformed(nested(33)));
  BOOST_TEST(malformed(std::string(1'000'000, '[')));
  std::string objects = "1";
  for (int i = 0; i < 32; ++i)
    objects = "{\"a\":" + objects + "}";
  BOOST_TEST(parse_json(objects).has_value());
  BOOST_TEST(malformed("[" + objects + "]"));
  // Brackets in texts, and behind escaped quotes, do not count; closed ones count no more.
  BOOST_TEST(parse_json("[\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"]").has_value());
  BOOST_TEST(parse_json("[\"\\\\\"," + nested(31) + "]").has_value());
  BOOST_TEST(malformed("[\"\\\\\"," + nested(32) + "]"));
  std::string wide = "[[]";
  for (int i = 0; i < 100; ++i)
    wide += ",[]";
  BOOST_TEST(parse_json(wide + "]").has_value());
}

BOOST_AUTO_TEST_CASE(integers_are_whole_and_in_range) {
  BOOST_TEST(integer("0", 0, 255).value() == 0);
  BOOST_TEST(integer("255", 0, 255).value() == 255);
  BOOST_TEST(integer("3.0", 0, 255).value() == 3);
  BOOST_TEST(integer("3e2", 0, 999).value() == 300);
  BOOST_TEST(integer("-7", -10, 10).value() == -7);
  BOOST_TEST(integer("-0.0", 0, 1).value() == 0);
  for (std::string_view bad :
       {"300", "256", "-1", "3.7", "true", "false", "\"3\"", "null", "[3]", "{}", "1e30", "-1e30",
        "18446744073709551615", "18446744073709551616", "9223372036854775808", "-9223372036854775809", "0.1"})
    BOOST_TEST(!integer(bad, 0, 255), bad);
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  BOOST_TEST(integer("9223372036854775807", least, most).value() == most);
  BOOST_TEST(integer("-9223372036854775808", least, most).value() == least);
  for (std::string_view bad :
       {"9223372036854775808", "18446744073709551615", "18446744073709551616", "9.3e18", "-9.3e18"})
    BOOST_TEST(!integer(bad, least, most), bad);
}

BOOST_AUTO_TEST_CASE(numbers_are_finite_and_in_range) {
  BOOST_TEST(number(1.5, 0, 2).value() == 1.5);
  BOOST_TEST(number(2, 0, 2).value() == 2);
  BOOST_TEST(number(-90, -90, 90).value() == -90);
  BOOST_TEST(number(7, 0, std::numeric_limits<double>::max()).value() == 7);
  for (const Json& bad :
       {Json(2.0000001), Json(-1), Json(NAN), Json(INFINITY), Json(-INFINITY), Json(true), Json("1"),
        Json(nullptr), Json::array({1}), Json(std::numeric_limits<std::uint64_t>::max())})
    BOOST_TEST(!number(bad, 0, 2));
}

BOOST_AUTO_TEST_CASE(texts_are_counted_in_code_points) {
  BOOST_TEST(code_points("") == 0U);
  BOOST_TEST(code_points("大梁门") == 3U);
  BOOST_TEST(code_points("a\xf0\x9f\x98\x80") == 2U);
  BOOST_TEST(text("大梁门", 3, 3).value() == "大梁门");
  BOOST_TEST(text("a\tb\r\nc", 0, 10).has_value());
  BOOST_TEST(text("", 0, 1).has_value());
  for (const Json& bad : {Json("大梁门东"), Json(""), Json("a\0b"s), Json("\x1b"), Json("\x7f"), Json(1),
                          Json(nullptr), Json::array()})
    BOOST_TEST(!text(bad, 1, 3));
}

BOOST_AUTO_TEST_CASE(times_ids_and_flags) {
  const auto time = [](const Json& value) {
    return read(value, [](const Reader& reader) { return reader.time(); });
  };
  const auto id = [](const Json& value) {
    return read(value, [](const Reader& reader) { return reader.id(); });
  };
  const auto any = [](const Json& value) {
    return read(value, [](const Reader& reader) { return reader.any_id(); });
  };
  const auto flag = [](const Json& value) {
    return read(value, [](const Reader& reader) { return reader.boolean(); });
  };
  BOOST_TEST(time("2026-01-31T08:05:00Z").has_value());
  BOOST_TEST(!time("yesterday").has_value());
  BOOST_TEST(!time(1769846700).has_value());
  BOOST_TEST(id("01890a5d-ac96-774b-bcce-b302099a8057").has_value());
  BOOST_TEST(id("919108f7-52d1-4320-9bac-f847db4148a8").has_value());
  for (const Json& bad :
       {Json("2ed6657d-e927-568b-95e1-2665a8aea6a2"), Json("c232ab00-9414-11ec-b3c8-9f6bdeced846"),
        Json("01890A5D-AC96-774B-BCCE-B302099A8057"), Json("x"), Json(7)})
    BOOST_TEST(!id(bad).has_value());
  BOOST_TEST(any("2ed6657d-e927-568b-95e1-2665a8aea6a2").has_value());
  BOOST_TEST(!any("2ed6657d").has_value());
  BOOST_TEST(flag(true).value());
  BOOST_TEST(!flag(false).value());
  for (const Json& bad : {Json(1), Json("true"), Json(nullptr)})
    BOOST_TEST(!flag(bad).has_value());
}

BOOST_AUTO_TEST_CASE(pointers_name_the_place) {
  const Json input = parsed(R"({"a/b":{"m~n":[1,"x"]},"none":null,"":{"k":1}})");
  std::vector<FieldError> errors;
  const Reader reader{input, "", errors};
  BOOST_TEST(reader.is_object());
  BOOST_TEST(!reader.find("none").has_value());
  BOOST_TEST(!reader.find("absent").has_value());
  BOOST_TEST(errors.empty());
  const auto inner = reader.require("a/b");
  BOOST_TEST_REQUIRE(inner.has_value());
  BOOST_TEST(inner->pointer() == "/a~1b");
  const auto items = inner->require("m~n")->array(0, 2);
  BOOST_TEST_REQUIRE(items.has_value());
  BOOST_TEST(!items->at(1).integer(0, 9));
  BOOST_TEST(!reader.require("none"));
  BOOST_TEST(!reader.require("~/"));
  BOOST_TEST(reader.find("")->require("k")->pointer() == "//k");
  BOOST_TEST(!inner->array(0, 9));
  BOOST_TEST(!items->at(0).is_object());
  BOOST_TEST(!items->at(0).find("x"));
  std::vector<std::string> pointers;
  for (const auto& error : errors)
    pointers.push_back(error.pointer);
  BOOST_TEST(
      pointers == (std::vector<std::string>{"/a~1b/m~0n/1", "/none", "/~0~1", "/a~1b", "/a~1b/m~0n/0"}),
      boost::test_tools::per_element());
  // What the pointers say is what RFC 6901 finds.
  BOOST_TEST(input.at(Json::json_pointer{"/a~1b/m~0n/1"}) == "x");
}

BOOST_AUTO_TEST_CASE(arrays_have_their_sizes) {
  std::vector<FieldError> errors;
  const Json three = parsed("[1,2,3]");
  const Reader reader{three, "", errors};
  BOOST_TEST(reader.array(3, 3)->size() == 3U);
  BOOST_TEST(!reader.array(4, 9));
  BOOST_TEST(!reader.array(0, 2));
  BOOST_TEST(errors.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
