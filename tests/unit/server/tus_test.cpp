#include "server/api/tus.hpp"

#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace waystation;
using namespace waystation::server;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

RequestHead head(Fields fields) {
  RequestHead made;
  made.method = Method::post;
  made.path = "/v1/uploads";
  made.fields = std::move(fields);
  return made;
}

/// "019a1c2e-0000-7000-8000-000000000001"
constexpr const char* photo = "photo MDE5YTFjMmUtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAx";

protocol::Result<tus::Creation> creation(const std::string& metadata, const std::string& length = "10") {
  return tus::read_creation(head({{"upload-length", length}, {"upload-metadata", metadata}}));
}

/// The pointers of what a creation was refused for.
std::vector<std::string> faults(const std::string& metadata, const std::string& length = "10") {
  std::vector<std::string> pointers;
  const auto made = creation(metadata, length);
  if (!made)
    for (const auto& fault : made.error().errors)
      pointers.push_back(fault.pointer);
  return pointers;
}

std::vector<std::string> at(const std::string& pointer) {
  return {pointer};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tus_fields)

BOOST_AUTO_TEST_CASE(only_one_version_is_spoken) {
  BOOST_TEST(!tus::check_version(head({{"tus-resumable", "1.0.0"}})).has_value());
  for (const char* other : {"", "1.0", "1.0.00", "0.2.2"})
    BOOST_TEST(
        (tus::check_version(head({{"tus-resumable", other}}))->slug == protocol::Slug::precondition_failed));
}

BOOST_AUTO_TEST_CASE(a_creation_has_a_length_and_a_photo) {
  const auto made = creation(photo);
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->length == 10U);
  BOOST_TEST(to_string(made->photo) == "019a1c2e-0000-7000-8000-000000000001");
  BOOST_TEST(made->metadata == photo);
}

BOOST_AUTO_TEST_CASE(keys_that_are_not_known_and_keys_without_a_value_are_let_be) {
  const auto made =
      creation("is_confidential,name eC5qcGc=, " + std::string{photo} + ",filetype aW1hZ2UvanBlZw==");
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->filetype == "image/jpeg");
}

BOOST_AUTO_TEST_CASE(each_fault_is_named) {
  BOOST_TEST(faults("") == at("/Upload-Metadata/photo"));
  BOOST_TEST(faults(photo, "") == at("/Upload-Length"));
  for (const char* length : {"0", "-1", "1e3", " 1", "1 ", "18446744073709551616", "0x10"})
    BOOST_TEST(faults(photo, length) == at("/Upload-Length"), length);
  BOOST_TEST(faults("photo bWluZQ==") == at("/Upload-Metadata/photo"));
  BOOST_TEST(faults(std::string{photo} + ",taken_at eWVzdGVyZGF5") == at("/Upload-Metadata/taken_at"));
  BOOST_TEST(faults(std::string{photo} + ",sighting eA==") == at("/Upload-Metadata/sighting"));
  for (const char* text :
       {"photo %%%%", "photo YQ", "photo YQ=", "photo YW-_", "photo Y===", "photo YQ== YQ=="})
    BOOST_TEST(faults(text) == at("/Upload-Metadata"), text);
  BOOST_TEST(faults("photo //79") == at("/Upload-Metadata/photo"), "not UTF-8");
}

BOOST_AUTO_TEST_CASE(offsets_are_plain_numbers) {
  BOOST_TEST(tus::read_offset(head({{"upload-offset", "0"}})).value() == 0U);
  for (const char* text : {"", "-1", "+1", "1.0", "1 ", "99999999999999999999"})
    BOOST_TEST(!tus::read_offset(head({{"upload-offset", text}})).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_checksum_is_of_a_known_algorithm_and_of_its_length) {
  BOOST_TEST(!tus::read_checksum(head({})).value().has_value());
  const auto sha1 = tus::read_checksum(head({{"upload-checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="}}));
  BOOST_REQUIRE(sha1.has_value());
  BOOST_TEST((*sha1)->digest.size() == 20U);
  for (const char* text :
       {"md5 rL0Y20zC+Fzt72VPzMSk2A==", "sha1", "sha1 ", "sha1 AAAA", "sha1 Kq5sNclPz7QV2-lfQIuc6R7oRu0=",
        "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="}) {
    const auto refused = tus::read_checksum(head({{"upload-checksum", text}}));
    BOOST_TEST((!refused && refused.error().slug == protocol::Slug::malformed), text);
  }
}

BOOST_AUTO_TEST_CASE(a_piece_is_known_by_its_type) {
  for (const char* type : {"application/offset+octet-stream", "Application/Offset+Octet-Stream",
                           "application/offset+octet-stream; x=y"})
    BOOST_TEST(tus::is_piece(head({{"content-type", type}})), type);
  for (const char* type : {"", "image/jpeg", "application/octet-stream", "application/offset+octet-streams"})
    BOOST_TEST(!tus::is_piece(head({{"content-type", type}})), type);
}

BOOST_AUTO_TEST_CASE(dates_are_as_http_has_them) {
  BOOST_TEST(tus::http_date(protocol::parse_time("1994-11-06T08:49:37.500Z").value()) ==
             "Sun, 06 Nov 1994 08:49:37 GMT");
}

BOOST_AUTO_TEST_SUITE_END()
