#include "certs/base64url.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "certs/random.hpp"

namespace waystation::certs {

BOOST_AUTO_TEST_SUITE(base64url_and_digests)

BOOST_AUTO_TEST_CASE(vectors_of_rfc_4648) {
  const std::pair<std::string, std::string> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"}};
  for (const auto& [bytes, text] : vectors) {
    BOOST_TEST(base64url(bytes) == text);
    BOOST_TEST(from_base64url(text).value() == bytes);
  }
}

BOOST_AUTO_TEST_CASE(every_length_comes_back) {
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0');
    fill_random({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    BOOST_TEST(from_base64url(base64url(bytes)).value() == bytes);
  }
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
  for (const char* text : {"Z", "Zg==", "Zm9vY", "Zh", "Zm9", "+/+/", "Zg\n", " Zg", "Zm9v\xff"})
    BOOST_TEST(!from_base64url(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(sha256_of_fips_180) {
  BOOST_TEST(base64url(sha256("abc")) == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
  BOOST_TEST(base64url(sha256("")) == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

BOOST_AUTO_TEST_CASE(random_bytes_differ) {
  BOOST_TEST(base64url(random_bytes<32>()) != base64url(random_bytes<32>()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::certs
