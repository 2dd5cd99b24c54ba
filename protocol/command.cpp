#include "protocol/command.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace waystation::protocol {
namespace {

struct MemberRule {
  std::string_view name;
  bool required = false;
};

struct BodyRule {
  CommandName command;
  std::span<const MemberRule> members;
};

using C = CommandName;

constexpr std::array report{
    MemberRule{"category", true}, MemberRule{"position", true}, MemberRule{"observed_at", true},
    MemberRule{"people"},         MemberRule{"traits"},         MemberRule{"place"},
    MemberRule{"appearance"},     MemberRule{"staying"},        MemberRule{"note"},
    MemberRule{"urgency"},        MemberRule{"photos"},         MemberRule{"spoke"},
    MemberRule{"caller"}};
constexpr std::array amend{MemberRule{"category"},   MemberRule{"position"}, MemberRule{"observed_at"},
                           MemberRule{"people"},     MemberRule{"traits"},   MemberRule{"place"},
                           MemberRule{"appearance"}, MemberRule{"staying"},  MemberRule{"note"},
                           MemberRule{"urgency"},    MemberRule{"photos"},   MemberRule{"spoke"},
                           MemberRule{"caller"}};
constexpr std::array reason{MemberRule{"reason", true}};
constexpr std::array triage{MemberRule{"category"}, MemberRule{"urgency"},      MemberRule{"traits"},
                            MemberRule{"people"},   MemberRule{"jurisdiction"}, MemberRule{"protect"}};
constexpr std::array assign{MemberRule{"team", true}, MemberRule{"station"}, MemberRule{"reason"}};
constexpr std::array arrive{MemberRule{"position", true}, MemberRule{"photos"}};
constexpr std::array resolve{MemberRule{"outcome", true}, MemberRule{"people", true}, MemberRule{"offered"},
                             MemberRule{"given"},         MemberRule{"note"},         MemberRule{"consent"},
                             MemberRule{"station"},       MemberRule{"rest"},         MemberRule{"agency"},
                             MemberRule{"revisit_at"},    MemberRule{"photos"}};
constexpr std::array confirm{MemberRule{"people", true}, MemberRule{"voluntary", true}, MemberRule{"note"},
                             MemberRule{"intake"}};
constexpr std::array intake{MemberRule{"intake", true}};
constexpr std::array notice{MemberRule{"person", true}, MemberRule{"where", true}, MemberRule{"at", true}};
constexpr std::array note{MemberRule{"note"}};
constexpr std::array refer{MemberRule{"agency", true}, MemberRule{"reason", true}, MemberRule{"note"},
                           MemberRule{"call"}};
constexpr std::array link{MemberRule{"to", true}};
constexpr std::array comment{MemberRule{"text", true}, MemberRule{"photos"}};

constexpr std::array rules{BodyRule{C::report, report},     BodyRule{C::amend, amend},
                           BodyRule{C::withdraw, reason},   BodyRule{C::triage, triage},
                           BodyRule{C::claim, {}},          BodyRule{C::release, {}},
                           BodyRule{C::assign, assign},     BodyRule{C::accept, {}},
                           BodyRule{C::decline, reason},    BodyRule{C::arrive, arrive},
                           BodyRule{C::resolve, resolve},   BodyRule{C::confirm, confirm},
                           BodyRule{C::register_, intake},  BodyRule{C::publish_notice, notice},
                           BodyRule{C::changed_mind, note}, BodyRule{C::not_arrived, reason},
                           BodyRule{C::refer, refer},       BodyRule{C::link, link},
                           BodyRule{C::unlink, link},       BodyRule{C::comment, comment},
                           BodyRule{C::reopen, reason}};

/// Reads those members a command takes.
class RuledReader {
 public:
  RuledReader(const Reader& from, std::span<const MemberRule> rules_of) : from_(&from), rules_(rules_of) {}

  template <class T>
  void operator()(std::string_view name, T& field, Limit limit = {}) {
    const auto rule = std::ranges::find(rules_, name, &MemberRule::name);
    if (rule == rules_.end()) return;
    const auto member = rule->required ? from_->require(name) : from_->find(name);
    if (member) decode(*member, field, limit);
  }

 private:
  const Reader* from_;
  std::span<const MemberRule> rules_;
};

}  // namespace

Position to_wgs84(Position position) {
  if (position.crs == Crs::gcj02) {
    const LatLon converted = gcj02_to_wgs84({.lat = position.lat, .lon = position.lon});
    position.lat = converted.lat;
    position.lon = converted.lon;
  }
  position.crs = Crs::wgs84;
  return position;
}

bool read_value(const Reader& from, FreeForm& to) {
  constexpr std::size_t most = 2000;
  const bool plain = [&] {
    if (!from.value().is_structured()) return true;
    for (const Json& item : from.value())
      if (item.is_structured()) return false;
    return true;
  }();
  if (!plain || code_points(from.value().dump(-1, ' ', false, Json::error_handler_t::replace)) > most) {
    from.fail(
        "must be a text, a number, true or false, or a list or object of those, 2000 characters at most");
    return false;
  }
  to.value = from.value();
  return true;
}

Json write_value(const FreeForm& form) {
  return form.value;
}

bool read_value(const Reader& from, Age& to) {
  if (!from.value().is_array()) {
    const auto years = from.integer(0, 150);
    if (!years) return false;
    to.from = to.to = static_cast<int>(*years);
    return true;
  }
  const auto bounds = from.array(2, 2);
  if (!bounds) return false;
  const auto low = (*bounds)[0].integer(0, 150);
  const auto high = (*bounds)[1].integer(0, 150);
  if (!low || !high) return false;
  if (*low > *high) {
    from.fail("must be from the lower to the higher");
    return false;
  }
  to = {.from = static_cast<int>(*low), .to = static_cast<int>(*high)};
  return true;
}

Json write_value(const Age& age) {
  if (age.from == age.to) return age.from;
  return Json::array({age.from, age.to});
}

bool read_value(const Reader& from, Consents& to) {
  if (from.value().is_array()) return decode(from, to.each, Limit{1, 999});
  Consent one;
  if (!decode(from, one)) return false;
  to.each = {one};
  return true;
}

Json write_value(const Consents& consents) {
  if (consents.each.size() == 1) return encode(consents.each.front());
  return encode(consents.each);
}

Body read_body(const Json& json, CommandName name, std::vector<FieldError>& faults) {
  Body body;
  const Reader reader{json, "", faults};
  if (!reader.is_object()) return body;
  const auto rule = std::ranges::find(rules, name, &BodyRule::command);
  RuledReader ruled{reader, rule->members};
  members(ruled, body);
  return body;
}

Json write_body(const Body& body) {
  return encode(body);
}

Result<Command> read_command(const Json& json) {
  std::vector<FieldError> faults;
  Command command;
  const Reader reader{json, "", faults};
  if (reader.is_object()) {
    if (const auto id = reader.require("id")) decode(*id, command.id, Limit{.client_id = true});
    if (const auto sighting = reader.require("sighting")) decode(*sighting, command.sighting);
    if (const auto name = reader.require("name")) {
      if (decode(*name, command.name) && static_cast<std::size_t>(command.name) >= person_commands)
        name->fail("is not a command of people");
    }
    if (const auto at = reader.find("at")) decode(*at, command.at);
    if (const auto expected = reader.find("expect_version"))
      decode(*expected, command.expect_version, Limit{.min = 0, .max = 9e15});
  }
  if (!faults.empty()) return std::unexpected(invalid(std::move(faults)));
  static const Json nothing = Json::object();
  const auto body = json.find("body");
  command.body =
      read_body(body == json.end() || body->is_null() ? nothing : *body, command.name, command.faults);
  return command;
}

}  // namespace waystation::protocol
