#include "protocol/uuid.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "protocol/time.hpp"

using namespace waystation::protocol;

BOOST_AUTO_TEST_SUITE(uuid)

BOOST_AUTO_TEST_CASE(the_canonical_form_only) {
  const std::string text = "01890a5d-ac96-774b-bcce-b302099a8057";
  const auto id = parse_uuid(text);
  BOOST_TEST_REQUIRE(id.has_value());
  BOOST_TEST(to_string(*id) == text);
  BOOST_TEST(version_of(*id) == 7);
  BOOST_TEST(!id->is_nil());
  BOOST_TEST(parse_uuid("00000000-0000-0000-0000-000000000000")->is_nil());
  for (std::string_view bad :
       {"", "01890a5d", "01890A5D-AC96-774B-BCCE-B302099A8057", "{01890a5d-ac96-774b-bcce-b302099a8057}",
        "01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a80570", "01890a5d-ac96-774b-bcce-b302099a805g",
        "01890a5d-ac96-774b-bccea-302099a8057", "01890a5d-ac96-774b-bcce_b302099a8057",
        "------------------------------------"})
    BOOST_TEST(!parse_uuid(bad).has_value(), bad);
}

// RFC 9562, appendix A.4.
BOOST_AUTO_TEST_CASE(version_5_of_the_rfc) {
  const auto dns = parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8").value();
  const Uuid id = uuid_v5(dns, "www.example.com");
  BOOST_TEST(to_string(id) == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  BOOST_TEST(version_of(id) == 5);
  BOOST_TEST((uuid_v5(dns, "") != uuid_v5(Uuid{}, "")));
}

// RFC 9562, appendix A.6.
BOOST_AUTO_TEST_CASE(version_7_of_the_rfc) {
  const auto time = parse_time("2022-02-22T14:22:22.00-05:00").value();
  const std::array<std::uint8_t, 10> random{0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
  BOOST_TEST(to_string(uuid_v7(time, random)) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

BOOST_AUTO_TEST_CASE(version_7_ids_sort_by_time) {
  const std::array<std::uint8_t, 10> low{};
  std::array<std::uint8_t, 10> high{};
  high.fill(0xff);
  const auto time = parse_time("2026-01-31T08:05:00.000Z").value();
  BOOST_TEST((uuid_v7(time, high) < uuid_v7(time + std::chrono::milliseconds{1}, low)));
  BOOST_TEST(version_of(uuid_v7(time, high)) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
