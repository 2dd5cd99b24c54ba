// Every member of every command's body: what is read, what is refused and where, and that it is written back.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/protocol/make.hpp"

using namespace waystation::protocol;
using namespace waystation::protocol::make;

namespace {

std::string han(std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += "街";
  return all;
}

struct Bad {
  Json value;
  std::string below;  // pointer below the member
};

/// What a member takes and what it refuses.
struct Values {
  std::vector<Json> good;
  std::vector<Bad> bad;
};

Values words(auto names) {
  Values values{{},
                {{"", ""}, {"nonsense", ""}, {7, ""}, {true, ""}, {Json::array(), ""}, {Json::object(), ""}}};
  for (auto name : names)
    values.good.emplace_back(name);
  return values;
}

Values set_of(auto names) {
  Values values{{Json::array()}, {{"word", ""}, {7, ""}, {Json::object(), ""}}};
  Json all = Json::array();
  for (auto name : names) {
    values.good.push_back(Json::array({name}));
    all.push_back(name);
  }
  values.good.push_back(all);
  all.push_back("nonsense");
  values.bad.push_back({all, "/" + std::to_string(all.size() - 1)});
  values.bad.push_back({Json::array({3}), "/0"});
  return values;
}

Values text_of(std::size_t min, std::size_t max) {
  Values values{{"a", "line\nline\ttab", han(max), std::string(max, 'x')},
                {{han(max + 1), ""},
                 {std::string(max + 1, 'x'), ""},
                 {7, ""},
                 {true, ""},
                 {Json::array(), ""},
                 {std::string("nul\0", 4), ""},
                 {"bell\a", ""}}};
  if (min == 0)
    values.good.emplace_back("");
  else
    values.bad.push_back({"", ""});
  return values;
}

Values ids(bool client) {
  const Json five = text(uuid_v5(id(1), "x"));
  Values values{{text(id(1)), "c9bd2b1e-7c0a-4c3e-9f3e-0b7b0f4a8a11"},
                {{"", ""},
                 {"x", ""},
                 {7, ""},
                 {true, ""},
                 {"C9BD2B1E-7C0A-4C3E-9F3E-0B7B0F4A8A11", ""},
                 {"c9bd2b1e7c0a4c3e9f3e0b7b0f4a8a11", ""}}};
  if (client)
    values.bad.push_back({five, ""});
  else
    values.good.push_back(five);
  return values;
}

const Values head_count{{1, 2, 300, 999},
                        {{0, ""},
                         {-1, ""},
                         {1000, ""},
                         {3.7, ""},
                         {true, ""},
                         {"3", ""},
                         {1e300, ""},
                         {18446744073709551615U, ""},
                         {Json::array(), ""}}};
const Values flag{{true, false}, {{1, ""}, {0, ""}, {"true", ""}, {Json::array(), ""}}};
const Values time_value{{"2026-03-01T08:00:00.000Z"},
                        {{"2026-03-01", ""},
                         {"yesterday", ""},
                         {1772352000, ""},
                         {true, ""},
                         {"2026-02-30T08:00:00Z", ""},
                         {"", ""}}};

Values positions() {
  const auto here = [](std::string_view member, Json value) {
    return with(in_west(), member, std::move(value));
  };
  Values values{{in_west(), at(-90, -180), at(90, 180), here("accuracy_m", 0.0), here("accuracy_m", 12.5),
                 here("fix_age_s", 4.0), here("crs", "gcj02"), here("crs", "wgs84")},
                {{here("lat", nullptr), "/lat"},
                 {here("lon", nullptr), "/lon"},
                 {here("lat", 90.001), "/lat"},
                 {here("lat", -90.001), "/lat"},
                 {here("lon", 180.001), "/lon"},
                 {here("lon", "114"), "/lon"},
                 {here("lat", true), "/lat"},
                 {here("accuracy_m", -1), "/accuracy_m"},
                 {here("accuracy_m", "12"), "/accuracy_m"},
                 {here("fix_age_s", -0.5), "/fix_age_s"},
                 {here("crs", "bd09"), "/crs"},
                 {here("source", "magic"), "/source"},
                 {"here", ""},
                 {Json::array({34.8, 114.3}), ""}}};
  for (auto source : Names<PositionSource>::all)
    values.good.push_back(here("source", source));
  return values;
}

Values photos() {
  std::vector<Json> twenty;
  twenty.reserve(20);
  for (std::uint64_t i = 0; i < 20; ++i)
    twenty.push_back(text(id(3000 + i)));
  std::vector<Json> more = twenty;
  more.push_back(text(id(4000)));
  return {{Json::array({text(id(1))}), twenty},
          {{more, ""},
           {Json::array({"x"}), "/0"},
           {Json::array({text(id(1)), 7}), "/1"},
           {text(id(1)), ""},
           {Json::array({text(uuid_v5(id(1), "x"))}), "/0"}}};
}

Values consents() {
  const auto one = [](std::string_view member, Json value) {
    return with(consent_of(), member, std::move(value));
  };
  const Json refused = one("given", false);
  return {{consent_of(), refused, one("by", "guardian"), one("how", "gesture"), one("cannot_decide", true),
           one("reference", han(200)), Json::array({consent_of(), refused})},
          {{one("given", nullptr), "/given"},
           {one("given", 1), "/given"},
           {one("by", nullptr), "/by"},
           {one("how", "sms"), "/how"},
           {one("cannot_decide", "yes"), "/cannot_decide"},
           {one("reference", ""), "/reference"},
           {one("reference", han(201)), "/reference"},
           {true, ""},
           {Json::array(), ""},
           {Json::array({consent_of(), 3}), "/1"},
           {Json::array({consent_of(), one("how", nullptr)}), "/1/how"}}};
}

Values rests() {
  const Json one{{"outcome", "declined"}, {"people", 2}, {"offered", Json::array({"food"})}};
  const auto list = [&](std::string_view member, Json value) {
    return Json::array({one, with(one, member, std::move(value))});
  };
  return {{Json::array({one}), Json::array({one, Json{{"outcome", "not_found"}, {"people", 1}}})},
          {{list("outcome", nullptr), "/1/outcome"},
           {list("outcome", "gone"), "/1/outcome"},
           {list("people", nullptr), "/1/people"},
           {list("people", 1000), "/1/people"},
           {list("people", "2"), "/1/people"},
           {list("offered", "food"), "/1/offered"},
           {list("offered", Json::array({"money"})), "/1/offered/0"},
           {one, ""},
           {Json::array({3}), "/0"}}};
}

Values intakes() {
  const auto one = [](std::string_view member, Json value) {
    return Json{{"id", text(id(7))}, {std::string{member}, std::move(value)}};
  };
  Values values{
      {Json{{"id", text(id(7))}}, one("age", 0), one("age", 150), one("age", Json::array({30, 40})),
       one("document", {{"kind", "id card"}, {"number", "41020219400101001X"}}),
       one("relatives", Json::array({"a son", 2})),
       one("relatives", Json::array({Json{{"name", "王"}, {"relation", "son"}, {"contact", "139"}}}))},
      {{Json::object(), "/id"},
       {Json{{"id", "x"}}, "/id"},
       {Json{{"id", text(uuid_v5(id(1), "x"))}}, "/id"},
       {one("age", -1), "/age"},
       {one("age", 151), "/age"},
       {one("age", "30"), "/age"},
       {one("age", 3.5), "/age"},
       {one("age", Json::array({40, 30})), "/age"},
       {one("age", Json::array({30})), "/age"},
       {one("age", Json::array({30, "x"})), "/age/1"},
       {one("age", Json::array({1, 2, 3})), "/age"},
       {one("document", 7), "/document"},
       {one("document", {{"number", 7}}), "/document/number"},
       {one("relatives", "son"), "/relatives"},
       {one("relatives", Json::array({Json{{"name", Json::array()}}})), "/relatives/0"},
       {"x", ""}}};
  for (auto member :
       {"name", "label", "sex", "registered_residence", "residence", "reason", "since", "course"}) {
    values.good.push_back(one(member, "字"));
    values.bad.push_back({one(member, 7), std::string{"/"} + member});
    values.bad.push_back({one(member, han(2001)), std::string{"/"} + member});
  }
  for (auto member : {"allowance", "belongings"}) {  // free in form, not in size or depth
    for (const Json& value :
         {Json("字"), Json(7), Json(true), Json::array({"bag", 2}), Json{{"kind", "dibao"}, {"yuan", 600.5}}})
      values.good.push_back(one(member, value));
    values.bad.push_back({one(member, han(2001)), std::string{"/"} + member});
    values.bad.push_back({one(member, std::vector<int>(1001, 1)), std::string{"/"} + member});
    values.bad.push_back({one(member, {{"list", Json::array({1})}}), std::string{"/"} + member});
  }
  return values;
}

const Values& values_of(std::string_view member) {
  static const std::map<std::string_view, Values> all{
      {"category", words(Names<Category>::all)},
      {"urgency", words(Names<Urgency>::all)},
      {"people", head_count},
      {"traits", set_of(Names<Trait>::all)},
      {"position", positions()},
      {"place", text_of(0, 200)},
      {"appearance", text_of(0, 200)},
      {"staying", words(Names<Staying>::all)},
      {"note", text_of(0, 2000)},
      {"observed_at", time_value},
      {"photos", photos()},
      {"spoke", set_of(Names<Spoke>::all)},
      {"caller",
       {{Json{{"kind", "public"}, {"callback", "0371"}}, Json{{"kind", "self"}}, Json{{"callback", "1"}}},
        {{Json{{"kind", "boss"}}, "/kind"}, {Json{{"callback", 7}}, "/callback"}, {"0371", ""}, {7, ""}}}},
      {"reason", text_of(1, 2000)},
      {"text", text_of(1, 2000)},
      {"jurisdiction", {{"410202", "41"}, {{410202, ""}, {"", ""}, {true, ""}, {Json::array(), ""}}}},
      {"protect", flag},
      {"team", ids(false)},
      {"station", ids(false)},
      {"outcome", words(Names<Outcome>::all)},
      {"offered", set_of(Names<Offer>::all)},
      {"given", set_of(Names<Offer>::all)},
      {"consent", consents()},
      {"rest", rests()},
      {"agency", words(Names<Agency>::all)},
      {"revisit_at", time_value},
      {"voluntary", words(Names<Voluntary>::all)},
      {"intake", intakes()},
      {"to", ids(false)},
      {"person", ids(false)},
      {"where", {{"市报"}, {{"", ""}, {7, ""}, {true, ""}}}},
      {"at", time_value},
      {"call",
       {{Json{{"time", "2026-03-01T08:00:00.000Z"}, {"number", "110"}}, Json{{"number", "110"}}},
        {{Json{{"time", "noon"}}, "/time"}, {Json{{"number", 110}}, "/number"}, {110, ""}}}},
  };
  return all.at(member);
}

/// The bodies as the contract's table has them.
struct Shape {
  std::string_view command;
  std::vector<std::string_view> required, optional;
};

const std::vector<Shape>& shapes() {
  static const std::vector<std::string_view> report_optional{
      "people", "traits", "place", "appearance", "staying", "note", "urgency", "photos", "spoke", "caller"};
  static const std::vector<Shape> all = [] {
    std::vector<std::string_view> amend = report_optional;
    amend.insert(amend.end(), {"category", "position", "observed_at"});
    return std::vector<Shape>{
        {"report", {"category", "position", "observed_at"}, report_optional},
        {"amend", {}, amend},
        {"withdraw", {"reason"}, {}},
        {"triage", {}, {"category", "urgency", "traits", "people", "jurisdiction", "protect"}},
        {"claim", {}, {}},
        {"release", {}, {}},
        {"assign", {"team"}, {"station", "reason"}},
        {"accept", {}, {}},
        {"decline", {"reason"}, {}},
        {"arrive", {"position"}, {"photos"}},
        {"resolve",
         {"outcome", "people"},
         {"offered", "given", "note", "consent", "station", "rest", "agency", "revisit_at", "photos"}},
        {"confirm", {"people", "voluntary"}, {"note", "intake"}},
        {"register", {"intake"}, {}},
        {"publish_notice", {"person", "where", "at"}, {}},
        {"changed_mind", {}, {"note"}},
        {"not_arrived", {"reason"}, {}},
        {"refer", {"agency", "reason"}, {"note", "call"}},
        {"link", {"to"}, {}},
        {"unlink", {"to"}, {}},
        {"comment", {"text"}, {"photos"}},
        {"reopen", {"reason"}, {}}};
  }();
  return all;
}

struct Reading {
  Body body;
  std::vector<FieldError> faults;
};

Reading read(std::string_view command, const Json& body) {
  Reading reading;
  reading.body = read_body(body, *parse_name<CommandName>(command), reading.faults);
  return reading;
}

/// The smallest good body.
Json base_of(const Shape& shape) {
  Json body = Json::object();
  for (auto member : shape.required)
    body[std::string{member}] = values_of(member).good.front();
  return body;
}

/// Of a value as sent, what is kept of it: a list of one consent is one, what is false by default is left
/// out.
bool kept(const Json& written, const Json& sent) {
  if (written == sent) return true;
  return written.is_null() && sent.is_array() && sent.empty();
}

std::vector<std::string_view> members_of(const Shape& shape) {
  std::vector<std::string_view> all = shape.required;
  all.insert(all.end(), shape.optional.begin(), shape.optional.end());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bodies)

BOOST_AUTO_TEST_CASE(good_values_are_read_and_written_back) {
  for (const Shape& shape : shapes())
    for (auto member : members_of(shape))
      for (const Json& value : values_of(member).good) {
        const Json sent = with(base_of(shape), member, value);
        const Reading reading = read(shape.command, sent);
        const Json written = write_body(reading.body);
        BOOST_TEST(reading.faults.empty(),
                   shape.command << "/" << member << " " << value.dump().substr(0, 80));
        BOOST_TEST(kept(written.value(std::string{member}, Json()), value), sent << " became " << written);
        // What is kept in the log is read again without the command's rules.
        std::vector<FieldError> faults;
        Body again;
        BOOST_TEST(decode(Reader{written, "", faults}, again), written);
        BOOST_TEST((write_body(again) == written));
      }
}

BOOST_AUTO_TEST_CASE(bad_values_are_refused_at_their_place) {
  for (const Shape& shape : shapes())
    for (auto member : members_of(shape))
      for (const Bad& bad : values_of(member).bad) {
        const Reading reading = read(shape.command, with(base_of(shape), member, bad.value));
        const std::string expected = "/" + std::string{member} + bad.below;
        BOOST_TEST_CONTEXT(shape.command << " with " << member << " " << bad.value.dump().substr(0, 80)) {
          BOOST_REQUIRE(reading.faults.size() == 1);
          BOOST_TEST(reading.faults[0].pointer == expected);
          BOOST_TEST(!reading.faults[0].detail.empty());
        }
      }
}

BOOST_AUTO_TEST_CASE(null_is_absent) {
  for (const Shape& shape : shapes()) {
    for (auto member : shape.optional) {
      const Reading reading = read(shape.command, with(base_of(shape), member, nullptr));
      BOOST_TEST(reading.faults.empty());
      BOOST_TEST(!write_body(reading.body).contains(member));
    }
    for (auto member : shape.required) {
      Json without = base_of(shape);
      without.erase(std::string{member});
      for (const Json& sent : {without, with(without, member, nullptr)}) {
        const Reading reading = read(shape.command, sent);
        BOOST_REQUIRE(reading.faults.size() == 1);
        BOOST_TEST(reading.faults[0].pointer == "/" + std::string{member});
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_fault_is_told_at_once) {
  const Reading reading = read("report", {{"people", 3.7}, {"position", {{"lat", 91}}}, {"note", 7}});
  std::set<std::string> pointers;
  for (const FieldError& fault : reading.faults)
    pointers.insert(fault.pointer);
  BOOST_TEST((pointers == std::set<std::string>{"/category", "/observed_at", "/people", "/position/lat",
                                                "/position/lon", "/note"}));
}

BOOST_AUTO_TEST_CASE(unknown_members_and_other_commands_members_are_ignored) {
  std::set<std::string_view> all;
  for (const Shape& shape : shapes())
    for (auto member : members_of(shape))
      all.insert(member);
  for (const Shape& shape : shapes()) {
    const auto own = members_of(shape);
    Json sent = base_of(shape);
    sent["lamp"] = {{"people", 3.7}};
    sent[""] = 1;
    for (auto member : all)
      if (std::ranges::find(own, member) == own.end())
        sent[std::string{member}] = Json::array({Json::array({7})});
    const Reading reading = read(shape.command, sent);
    BOOST_TEST(reading.faults.empty(), shape.command);
    BOOST_TEST((write_body(reading.body) == write_body(read(shape.command, base_of(shape)).body)));
  }
}

BOOST_AUTO_TEST_CASE(whole_numbers_and_equal_forms_are_the_same) {
  const auto written = [](std::string_view command, const Json& body) {
    return write_body(read(command, body).body);
  };
  Json one = report_body();
  one["people"] = 3;
  one["traits"] = Json::array({"ill", "elderly"});
  Json other = report_body();
  other["people"] = 3.0;
  other["traits"] = Json::array({"elderly", "ill", "ill"});
  other["observed_at"] = "2026-03-01T16:00:00+08:00";
  other["note"] = nullptr;
  BOOST_TEST((written("report", one) == written("report", other)));
  Json list = outcome_body("picked_up");
  list["consent"] = Json::array({list["consent"]});
  BOOST_TEST((written("resolve", list) == written("resolve", outcome_body("picked_up"))));
}

BOOST_AUTO_TEST_CASE(a_body_is_an_object) {
  for (const Json& body : {Json(7), Json("x"), Json::array(), Json(true)}) {
    const Reading reading = read("amend", body);
    BOOST_REQUIRE(reading.faults.size() == 1);
    BOOST_TEST(reading.faults[0].pointer.empty());
  }
}

BOOST_AUTO_TEST_CASE(commands_and_what_makes_none) {
  const Json good{{"id", text(id(1))}, {"sighting", text(id(2))}, {"name", "claim"}, {"lamp", 1}};
  const auto told = [](const Json& json) {
    const auto command = read_command(json);
    if (command)
      return command->faults.empty() ? std::string{"good"} : "faults " + command->faults[0].pointer;
    std::string all{slug_name(command.error().slug)};
    for (const FieldError& error : command.error().errors)
      all += " " + (error.pointer.empty() ? "-" : error.pointer);
    return all;
  };
  BOOST_TEST(told(good) == "good");
  BOOST_TEST(told(with(good, "body", nullptr)) == "good");
  BOOST_TEST(told(with(good, "body", Json::object())) == "good");
  BOOST_TEST(told(with(good, "body", 7)) == "faults ");
  BOOST_TEST(told(with(good, "name", "comment")) == "faults /text");
  BOOST_TEST(told(with(good, "expect_version", 0)) == "good");
  BOOST_TEST(told(with(good, "at", "2026-03-01T08:00:00Z")) == "good");
  // A sighting the server made has an id of version 5; a command's id is always a client's.
  BOOST_TEST(told(with(good, "sighting", text(uuid_v5(id(1), "revisit")))) == "good");
  BOOST_TEST(told(with(good, "id", text(uuid_v5(id(1), "x")))) == "validation /id");
  for (auto member : {"id", "sighting", "name"}) {
    BOOST_TEST(told(with(good, member, nullptr)) == std::string{"validation /"} + member);
    for (const Json& value : {Json(7), Json(true), Json(""), Json::array(), Json("X")})
      BOOST_TEST(told(with(good, member, value)) == std::string{"validation /"} + member);
  }
  for (auto server_name : {"escalate", "revisit", "mirror", "case_end", "supervision_note", "close"})
    BOOST_TEST(told(with(good, "name", server_name)) == "validation /name");
  for (const Json& value : {Json(-1), Json("1"), Json(1.5), Json(true)})
    BOOST_TEST(told(with(good, "expect_version", value)) == "validation /expect_version");
  BOOST_TEST(told(with(good, "at", 7)) == "validation /at");
  for (const Json& json : {Json(7), Json::array(), Json("x"), Json(nullptr)})
    BOOST_TEST(told(json) == "validation -");
  BOOST_TEST(told(Json::object()) == "validation /id /sighting /name");
}

BOOST_AUTO_TEST_SUITE_END()
