#include "protocol/validate.hpp"

#include <algorithm>
#include <utility>

namespace waystation::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr minutes ahead_allowed{10};
constexpr std::chrono::years revisit_ahead{10};  // so that what is counted from it can still be written

constexpr SetOf<Category> findings{Category::professional_begging, Category::disturbance,
                                   Category::public_facility};
constexpr SetOf<Trait> never_advised{Trait::minor, Trait::elderly,  Trait::disabled,
                                     Trait::ill,   Trait::pregnant, Trait::with_children};
constexpr SetOf<Outcome> needs_offer{Outcome::declined, Outcome::advised, Outcome::unable_to_consent};
constexpr SetOf<Outcome> needs_agency{Outcome::unable_to_consent, Outcome::referred};
constexpr SetOf<Outcome> chosen_otherwise{
    Outcome::helped_on_site, Outcome::declined,     Outcome::unable_to_consent, Outcome::advised,
    Outcome::referred,       Outcome::already_gone, Outcome::not_found};

/// Holds one body against the rules that go beyond a member's form.
class BodyCheck {
 public:
  BodyCheck(const Sighting* s, const Command& command, const Actor& actor, const Facts& facts, Time now,
            milliseconds shift)
      : s_(s),
        command_(command),
        body_(command.body),
        actor_(actor),
        facts_(facts),
        now_(now),
        shift_(shift) {}

  void check_report() {
    const int version = version_of(command_.sighting);
    require(version == 4 || version == 7, "", "the sighting's id must be a UUID of version 4 or 7");
    check_times();
    check_category();
  }

  void check(SetOf<Who> who) {
    check_times();
    switch (command_.name) {
      case CommandName::amend:
        check_category();
        require(!write_body(body_).empty(), "", "names nothing to amend");
        break;
      case CommandName::triage:
        require(body_.category || body_.urgency || body_.traits || body_.people || body_.jurisdiction ||
                    body_.protect,
                "", "names none of category, urgency, traits, people, jurisdiction, protect");
        require(!body_.jurisdiction || facts_.tree->find(*body_.jurisdiction) != nullptr, "/jurisdiction",
                "is not a known jurisdiction");
        break;
      case CommandName::assign:
        require(facts_.team_known, "/team", "is not a known team");
        require(!body_.station || facts_.station_known, "/station", "is not a known station");
        require(!s_->assignment || s_->assignment->team == *body_.team || body_.reason, "/reason",
                "is required when a team is replaced");
        break;
      case CommandName::resolve:
        check_resolve(who);
        break;
      case CommandName::publish_notice:
        require(std::ranges::find(s_->intakes, *body_.person) != s_->intakes.end(), "/person",
                "is nobody registered here");
        break;
      case CommandName::link:
      case CommandName::unlink:
        require(facts_.other != nullptr && facts_.other->id != s_->id &&
                    sight_of(*facts_.other, actor_, *facts_.tree) == Sight::full,
                "/to", "is not another sighting in your sight");
        break;
      default:
        break;
    }
  }

  std::vector<FieldError> take() { return std::move(faults_); }

 private:
  void fault(std::string pointer, std::string detail) {
    faults_.push_back({std::move(pointer), std::move(detail)});
  }

  void require(bool there, std::string pointer, std::string detail) {
    if (!there) fault(std::move(pointer), std::move(detail));
  }

  void check_times() {
    if (body_.observed_at && shifted(*body_.observed_at, shift_) > now_ + ahead_allowed)
      fault("/observed_at", "is more than 10 minutes ahead");
    if (command_.at && shifted(*command_.at, shift_) > now_ + ahead_allowed)
      fault("/at", "the command's time is more than 10 minutes ahead");
  }

  void check_category() {
    const bool may_find = actor_.role == Role::dispatcher || actor_.role == Role::team;
    if (body_.category && findings.has(*body_.category) && !may_find)
      fault("/category", "is a finding of triage or of the team on the spot");
  }

  void check_resolve(SetOf<Who> who) {
    const Outcome outcome = *body_.outcome;
    const Who as = acting(who);
    require(may_resolve(as, as == Who::team ? Status::on_scene : Status::queued, outcome), "/outcome",
            as == Who::team ? "is not an outcome" : "comes only from a team on the spot");
    require(!needs_offer.has(outcome) || (body_.offered && !body_.offered->empty()), "/offered",
            "is required: at least one thing that was offered");
    require(
        outcome != Outcome::advised || !s_->traits.any_of(never_advised), "/outcome",
        "advised is not for minors, elderly, disabled, ill or pregnant people or who comes with children");
    check_agency(outcome, "");
    require(!body_.revisit_at || outcome == Outcome::declined, "/revisit_at", "goes with declined only");
    require(!body_.revisit_at || *body_.revisit_at <= now_ + revisit_ahead, "/revisit_at",
            "is more than 10 years ahead");
    require(!body_.station || facts_.station_known, "/station", "is not a known station");
    for (std::size_t i = 0; i < body_.rest.size(); ++i) {
      const Rest& rest = body_.rest[i];
      const std::string at = "/rest/" + std::to_string(i);
      require(chosen_otherwise.has(rest.outcome), at + "/outcome", "is not what one of a group chooses");
      require(!needs_offer.has(rest.outcome) || !rest.offered.empty(), at + "/offered",
              "is required: at least one thing that was offered");
      require(
          rest.outcome != Outcome::advised || !s_->traits.any_of(never_advised), at + "/outcome",
          "advised is not for minors, elderly, disabled, ill or pregnant people or who comes with children");
      check_agency(rest.outcome, at);
    }
    if (outcome == Outcome::picked_up) check_consent();
  }

  void check_agency(Outcome outcome, const std::string& at) {
    if (!needs_agency.has(outcome)) return;
    require(body_.agency.has_value(), "/agency", "is required with " + std::string{name_of(outcome)});
    require(outcome != Outcome::unable_to_consent || body_.agency != Agency::city_management,
            at.empty() ? "/agency" : at + "/outcome",
            "must be hospital or police for who is unable to consent");
  }

  /// Help is voluntary: nobody is brought anywhere without a recorded yes of their own (Decree 381, art. 3),
  /// or of who may speak for them.
  void check_consent() {
    require(body_.station || (s_->assignment && s_->assignment->station), "/station",
            "is required: none is assigned");
    if (!body_.consent) return fault("/consent", "is required: the person's own, recorded");
    const auto& each = body_.consent->each;
    if (each.size() != static_cast<std::size_t>(*body_.people))
      fault("/consent", "must be one a person: " + std::to_string(*body_.people));
    for (std::size_t i = 0; i < each.size(); ++i) {
      const Consent& consent = each[i];
      const std::string at = each.size() == 1 ? "/consent" : "/consent/" + std::to_string(i);
      const bool minor = s_->traits.has(Trait::minor);
      require(consent.given, at + "/given", "must be true for who is picked up");
      if (consent.by == ConsentBy::person) continue;
      if (consent.by == ConsentBy::guardian) {
        require(minor, at + "/by", "a guardian speaks only for a minor");
        continue;
      }
      require(minor || consent.cannot_decide, at + "/cannot_decide",
              "police or hospital speak only for a minor or who cannot decide");
      require(consent.reference.has_value(), at + "/reference", "is required: the agency's own reference");
      const Agency agency = consent.by == ConsentBy::police ? Agency::police : Agency::hospital;
      require(body_.agency == agency, "/agency", "must refer to the agency that speaks for the person");
    }
  }

  const Sighting* s_;
  const Command& command_;
  const Body& body_;
  const Actor& actor_;
  const Facts& facts_;
  Time now_;
  milliseconds shift_;
  std::vector<FieldError> faults_;
};

}  // namespace

Who acting(SetOf<Who> who) {
  for (Who staff : {Who::dispatcher, Who::supervisor, Who::team, Who::station})
    if (who.has(staff)) return staff;
  return Who::reporter;
}

Time shifted(Time sent, milliseconds shift) {
  return std::max(sent + shift, Time{});
}

std::vector<FieldError> validate_report(const Command& command, const Actor& actor, Time now,
                                        milliseconds shift) {
  if (!command.faults.empty()) return command.faults;
  const Facts none;
  BodyCheck check{nullptr, command, actor, none, now, shift};
  check.check_report();
  return check.take();
}

std::vector<FieldError> validate(const Sighting& sighting, const Command& command, const Actor& actor,
                                 const Facts& facts, SetOf<Who> who, Time now, milliseconds shift) {
  if (!command.faults.empty()) return command.faults;
  BodyCheck check{&sighting, command, actor, facts, now, shift};
  check.check(who);
  return check.take();
}

}  // namespace waystation::protocol
