#include "server/api/file_answer.hpp"

#include <optional>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace waystation::server;

namespace {

/// "first+size" of what is sent of a file of 1000 bytes; "whole", or "416".
std::string part(std::string_view field, std::uint64_t size = 1000) {
  const auto range = read_range(field, size);
  if (!range) return "416";
  if (!*range) return "whole";
  return std::to_string((*range)->first) + "+" + std::to_string((*range)->size);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file_answers)

BOOST_AUTO_TEST_CASE(a_range_is_what_it_says) {
  BOOST_TEST(part("bytes=0-0") == "0+1");
  BOOST_TEST(part("bytes=0-999") == "0+1000");
  BOOST_TEST(part("bytes=500-") == "500+500");
  BOOST_TEST(part("bytes=-1") == "999+1");
}

BOOST_AUTO_TEST_CASE(a_range_ends_with_the_file) {
  BOOST_TEST(part("bytes=999-2000") == "999+1");
  BOOST_TEST(part("bytes=0-18446744073709551615") == "0+1000");
  BOOST_TEST(part("bytes=-2000") == "0+1000");
}

BOOST_AUTO_TEST_CASE(a_range_outside_the_file_cannot_be_satisfied) {
  BOOST_TEST(part("bytes=1000-") == "416");
  BOOST_TEST(part("bytes=18446744073709551615-") == "416");
  BOOST_TEST(part("bytes=-0") == "416");
  BOOST_TEST(part("bytes=0-", 0) == "416");
  BOOST_TEST(part("bytes=-5", 0) == "416");
}

BOOST_AUTO_TEST_CASE(what_is_no_single_range_of_bytes_is_ignored) {
  for (const char* field : {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=5-1", "bytes=a-b",
                            "bytes=1-b", "bytes=+1-2", "bytes= 1-2", "bytes=0x1-2", "bytes=0-1,5-6",
                            "items=0-1", "bytes=18446744073709551616-", "bytes=--1"})
    BOOST_TEST(part(field) == "whole", field);
}

BOOST_AUTO_TEST_CASE(a_list_names_a_tag_weakly) {
  BOOST_TEST(names_tag("*", "\"a\""));
  BOOST_TEST(names_tag("\"a\"", "\"a\""));
  BOOST_TEST(names_tag("W/\"a\"", "\"a\""));
  BOOST_TEST(names_tag("\"x\",  W/\"a\" , \"y\"", "\"a\""));
  BOOST_TEST(!names_tag("", "\"a\""));
  BOOST_TEST(!names_tag("a", "\"a\""));
  BOOST_TEST(!names_tag("\"ab\"", "\"a\""));
  BOOST_TEST(!names_tag("\"*\"", "\"a\""));
  BOOST_TEST(!names_tag(",,,", "\"a\""));
}

BOOST_AUTO_TEST_SUITE_END()
