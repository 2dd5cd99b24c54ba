// The text written directly is the text of the Json it stands for.
#include <boost/test/unit_test.hpp>

#include "protocol/codec.hpp"
#include "protocol/sighting.hpp"

namespace waystation::protocol {
namespace {

template <class T>
void check_same(const T& value) {
  BOOST_TEST(Json::parse(to_text(value)) == encode(value));
}

BOOST_AUTO_TEST_CASE(texts_are_escaped_as_json_asks) {
  std::string every;
  for (int c = 1; c < 128; ++c)
    every += static_cast<char>(c);
  for (const std::string& text :
       {std::string{}, std::string{"大梁门\"东侧\"\\"}, every, std::string("a\0b", 3)}) {
    std::string written;
    append_string(written, text);
    BOOST_TEST(Json::parse(written).get_ref<const std::string&>() == text);
  }
}

BOOST_AUTO_TEST_CASE(numbers_come_back_as_they_were) {
  for (const double number :
       {0.0, -0.0, 1.0, 12.0, -34.8107, 0.1, 1e-7, 1e21, 114.3417, 1.7976931348623157e308, 5e-324}) {
    std::string written;
    append_number(written, number);
    const Json read = Json::parse(written);
    BOOST_TEST(read.is_number_float());
    BOOST_TEST(read.get<double>() == number);
  }
}

BOOST_AUTO_TEST_CASE(a_sighting_is_written_as_its_json) {
  Sighting sighting;
  check_same(sighting);
  sighting.code = "7K3QF2M9";
  sighting.traits.add(Trait::elderly);
  sighting.traits.add(Trait::ill);
  sighting.place = "line one\nline \"two\"";
  sighting.outcome = Outcome::declined;
  sighting.outside = true;
  sighting.position = {
      .lat = 34.8107, .lon = 114.0, .accuracy_m = 12.0, .crs = Crs::gcj02, .source = {}, .fix_age_s = 4.5};
  sighting.photos = {{.id = Uuid{{1}}}, {.id = Uuid{{2}}}};
  sighting.assignment = Assignment{.team = Uuid{{3}}, .station = {}, .at = Time{}};
  sighting.referrals.push_back({.agency = Agency::police, .at = Time{}, .reason = "r", .note = {}});
  sighting.told.timeline.push_back({.status = CoarseStatus::received, .at = Time{}});
  check_same(sighting);
}

BOOST_AUTO_TEST_CASE(a_form_of_its_own_is_kept) {
  Consent consent;
  check_same(Consents{.each = {consent}});
  check_same(Consents{.each = {consent, consent}});
}

}  // namespace
}  // namespace waystation::protocol
