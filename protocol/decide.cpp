#include "protocol/decide.hpp"

#include <algorithm>
#include <utility>

namespace waystation::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using Events = std::vector<Event>;

constexpr minutes claim_length{5};
constexpr minutes ahead_allowed{10};
constexpr std::chrono::years revisit_ahead{10};  // so that what is counted from it can still be written

constexpr SetOf<Category> findings{Category::professional_begging, Category::disturbance,
                                   Category::public_facility};
constexpr SetOf<Trait> never_advised{Trait::minor, Trait::elderly, Trait::disabled,
                                     Trait::ill,   Trait::pregnant, Trait::with_children};
constexpr SetOf<Outcome> needs_offer{Outcome::declined, Outcome::advised, Outcome::unable_to_consent};
constexpr SetOf<Outcome> needs_agency{Outcome::unable_to_consent, Outcome::referred};
constexpr SetOf<Outcome> chosen_otherwise{Outcome::helped_on_site, Outcome::declined, Outcome::unable_to_consent,
                                          Outcome::advised,        Outcome::referred, Outcome::already_gone,
                                          Outcome::not_found};

Problem problem(Slug slug, std::string detail) {
  return {.slug = slug, .detail = std::move(detail), .errors = {}, .current = {}};
}

/// One decision under way: the state it meets, and the faults and events found so far.
class Decision {
 public:
  Decision(const Sighting* s, const Command& command, const Actor& actor, const Facts& facts, Time now,
           milliseconds shift)
      : s_(s), command_(command), body_(command.body), actor_(actor), facts_(facts), now_(now), shift_(shift) {}

  Result<Events> run() {
    if (command_.name == CommandName::report) return report();
    const Sight sight = s_ == nullptr ? Sight::none
                                      : sight_of(*s_, actor_, *facts_.tree, actor_.role == Role::supervisor);
    if (sight == Sight::none)
      return std::unexpected(problem(Slug::not_found, "no such sighting in your sight"));
    const SetOf<Who> who = find_who(sight);
    if (!may(who))
      return std::unexpected(problem(Slug::forbidden, std::string{name_of(command_.name)} +
                                                          " is not open to you here"));
    faults_ = command_.faults;
    if (faults_.empty()) validate(who);
    if (!faults_.empty()) return std::unexpected(invalid(std::move(faults_)));
    if (auto conflict = find_conflict(sight)) return std::unexpected(*std::move(conflict));
    if (auto wrong = find_wrong_state(who)) return std::unexpected(*std::move(wrong));
    apply(who);
    return std::move(events_);
  }

 private:
  // ── who ──────────────────────────────────────────────────────────────────────────────────────────

  SetOf<Who> find_who(Sight sight) const {
    SetOf<Who> who;
    if (s_->reporter == actor_.account) who.add(Who::reporter);
    if (sight == Sight::full)
      if (const auto staff = parse_name<Who>(name_of(actor_.role))) who.add(*staff);
    return who;
  }

  bool may(SetOf<Who> who) const {
    return std::ranges::any_of(transitions(), [&](const Transition& row) {
      return row.name == command_.name && row.who.any_of(who);
    });
  }

  /// The one as whom the actor acts: as staff before as reporter.
  static Who acting(SetOf<Who> who) {
    for (Who staff : {Who::dispatcher, Who::supervisor, Who::team, Who::station})
      if (who.has(staff)) return staff;
    return Who::reporter;
  }

  // ── 422 ──────────────────────────────────────────────────────────────────────────────────────────

  void fault(std::string pointer, std::string detail) {
    faults_.push_back({std::move(pointer), std::move(detail)});
  }

  void require(bool there, std::string pointer, std::string detail) {
    if (!there) fault(std::move(pointer), std::move(detail));
  }

  /// A device's time by the server's clock; what would lie before 1970 could not be written, and is 1970.
  Time shifted(Time sent) const { return std::max(sent + shift_, Time{}); }

  void check_times() {
    if (body_.observed_at && shifted(*body_.observed_at) > now_ + ahead_allowed)
      fault("/observed_at", "is more than 10 minutes ahead");
    if (command_.at && shifted(*command_.at) > now_ + ahead_allowed)
      fault("/at", "the command's time is more than 10 minutes ahead");
  }

  void check_category() {
    const bool may_find = actor_.role == Role::dispatcher || actor_.role == Role::team;
    if (body_.category && findings.has(*body_.category) && !may_find)
      fault("/category", "is a finding of triage or of the team on the spot");
  }

  void validate(SetOf<Who> who) {
    check_times();
    switch (command_.name) {
      case CommandName::amend:
        check_category();
        require(write_body(body_).size() > 0, "", "names nothing to amend");
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
        validate_resolve(who);
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

  void validate_resolve(SetOf<Who> who) {
    const Outcome outcome = *body_.outcome;
    const Who as = acting(who);
    require(may_resolve(as, as == Who::team ? Status::on_scene : Status::queued, outcome), "/outcome",
            as == Who::team ? "is not an outcome" : "comes only from a team on the spot");
    require(!needs_offer.has(outcome) || (body_.offered && !body_.offered->empty()), "/offered",
            "is required: at least one thing that was offered");
    require(outcome != Outcome::advised || !s_->traits.any_of(never_advised), "/outcome",
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
      require(rest.outcome != Outcome::advised || !s_->traits.any_of(never_advised), at + "/outcome",
              "advised is not for minors, elderly, disabled, ill or pregnant people or who comes with children");
      check_agency(rest.outcome, at);
    }
    if (outcome == Outcome::picked_up) validate_consent();
  }

  void check_agency(Outcome outcome, const std::string& at) {
    if (!needs_agency.has(outcome)) return;
    require(body_.agency.has_value(), "/agency", "is required with " + std::string{name_of(outcome)});
    require(outcome != Outcome::unable_to_consent || body_.agency != Agency::city_management,
            at.empty() ? "/agency" : at + "/outcome", "must be hospital or police for who is unable to consent");
  }

  /// Help is voluntary: nobody is brought anywhere without a recorded yes of their own (Decree 381, art. 3),
  /// or of who may speak for them.
  void validate_consent() {
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

  // ── conflict ─────────────────────────────────────────────────────────────────────────────────────

  std::optional<Problem> find_conflict(Sight sight) const {
    if (command_.expect_version) {
      const bool full = sight == Sight::full;
      const int version = full ? s_->version : s_->told.version;
      const int person = full ? s_->person_version : s_->told.person_version;
      if (*command_.expect_version > version || *command_.expect_version < person) {
        Problem stale = problem(Slug::conflict, "the sighting has changed since that version");
        stale.current = Json(nullptr);
        return stale;
      }
    }
    const bool claims = command_.name == CommandName::claim || command_.name == CommandName::release;
    if (claims && s_->claimed_by && *s_->claimed_until > now_ && *s_->claimed_by != actor_.account)
      return problem(Slug::conflict, "claimed by another");
    const bool together = facts_.other != nullptr && s_->case_id && facts_.other->case_id == s_->case_id;
    if (command_.name == CommandName::link && together)
      return problem(Slug::conflict, "already linked in one case");
    if (command_.name == CommandName::unlink && !together)
      return problem(Slug::conflict, "not linked in one case");
    return std::nullopt;
  }

  // ── invalid-transition ───────────────────────────────────────────────────────────────────────────

  std::optional<Problem> find_wrong_state(SetOf<Who> who) const {
    const auto wrong = [&] {
      return problem(Slug::invalid_transition, std::string{name_of(command_.name)} + " is not possible from " +
                                                   std::string{name_of(s_->status)});
    };
    const bool possible = std::ranges::any_of(transitions(), [&](const Transition& row) {
      return row.name == command_.name && row.who.any_of(who) && row.from.has(s_->status);
    });
    if (!possible) return wrong();
    switch (command_.name) {
      case CommandName::resolve:
        if (!may_resolve(acting(who), s_->status, *body_.outcome)) return wrong();
        break;
      case CommandName::triage:
        if (body_.jurisdiction && *body_.jurisdiction != s_->jurisdiction && !is_awaited(s_->status)) return wrong();
        break;
      case CommandName::release:
        if (!s_->claimed_by || *s_->claimed_until <= now_)
          return problem(Slug::invalid_transition, "there is no claim to release");
        break;
      case CommandName::reopen:
        if (s_->outcome == Outcome::declined || s_->outcome == Outcome::changed_mind)
          return problem(Slug::invalid_transition, "a refusal of help is not reopened");
        break;
      default:
        break;
    }
    return std::nullopt;
  }

  // ── what happens ─────────────────────────────────────────────────────────────────────────────────

  Event& add(const Sighting& s, CommandName name, bool server = false) {
    int version = s.version + 1;
    for (const Event& event : events_)
      if (event.sighting == s.id) ++version;
    Event event;
    event.sighting = s.id;
    event.version = version;
    event.name = name;
    event.at = now_;
    if (!server) {
      event.actor = actor_.account;
      event.by = actor_.role;
      if (command_.at) {
        event.device_at = shifted(*command_.at);
        if (shift_ != milliseconds{}) event.decided.device_at_sent = command_.at;
      }
    }
    return events_.emplace_back(std::move(event));
  }

  Event& begin() {
    Event& event = add(*s_, command_.name);
    event.command = command_.id;
    event.content = body_;
    event.decided.photos = body_.photos;
    return event;
  }

  struct Place {
    std::string jurisdiction;
    bool outside;
  };

  Place locate(const Position& sent) const {
    const Position position = to_wgs84(sent);
    const auto* node = facts_.tree->locate({.lat = position.lat, .lon = position.lon});
    if (node == nullptr) return {.jurisdiction = facts_.tree->root().code, .outside = true};
    return {.jurisdiction = node->code, .outside = false};
  }

  void start_round(Decided& decided, Urgency urgency) const {
    decided.round = true;
    decided.escalation = 0;
    decided.due_at = now_ + facts_.due.of(urgency);
  }

  /// A new urgency moves the time due, unless the sighting has already gone up the tree.
  void set_urgency(Decided& decided, Urgency urgency) const {
    if (urgency == s_->urgency) return;
    decided.urgency = urgency;
    if (s_->escalation == 0 && !decided.round) decided.due_at = s_->round_at + facts_.due.of(urgency);
  }

  void hand_over(Decided& decided, const Place& to, Urgency urgency) const {
    decided.jurisdiction = to.jurisdiction;
    decided.outside = to.outside;
    if (to.jurisdiction == s_->jurisdiction) return;
    decided.status = Status::queued;
    decided.unassigned = true;
    decided.released = true;
    start_round(decided, urgency);
  }

  Result<Events> report() {
    constexpr SetOf<Role> reporters{Role::informant, Role::dispatcher, Role::station, Role::team};
    if (!reporters.has(actor_.role)) return std::unexpected(problem(Slug::forbidden, "your role does not report"));
    faults_ = command_.faults;
    const int version = version_of(command_.sighting);
    require(version == 4 || version == 7, "", "the sighting's id must be a UUID of version 4 or 7");
    check_times();
    check_category();
    if (!faults_.empty()) return std::unexpected(invalid(std::move(faults_)));
    if (s_ != nullptr) return std::unexpected(problem(Slug::conflict, "that id is in use"));

    Sighting blank;
    blank.id = command_.sighting;
    s_ = &blank;
    Event& event = begin();
    Decided& decided = event.decided;
    const bool by_team = actor_.role == Role::team;
    decided.status = by_team ? Status::on_scene : Status::queued;
    if (by_team) decided.team = actor_.team;
    decided.kind = actor_.kind.value_or(ReporterKind::staff);
    if (body_.caller && body_.caller->kind) decided.kind = body_.caller->kind;
    decided.category = body_.category;
    decided.urgency = std::max(body_.urgency.value_or(Urgency::normal), least_urgency(*body_.category));
    decided.people = body_.people.value_or(1);
    decided.observed_at = shifted(*body_.observed_at);
    const Place place = locate(*body_.position);
    decided.jurisdiction = place.jurisdiction;
    decided.outside = place.outside;
    start_round(decided, *decided.urgency);
    s_ = nullptr;
    return std::move(events_);
  }

  void apply(SetOf<Who> who) {
    switch (command_.name) {
      case CommandName::amend:
        return amend(who);
      case CommandName::withdraw:
        return end(Status::closed, Outcome::withdrawn);
      case CommandName::triage:
        return triage();
      case CommandName::claim:
        begin().decided.claimed_until = now_ + claim_length;
        return;
      case CommandName::release:
        begin().decided.released = true;
        return;
      case CommandName::assign: {
        Decided& decided = begin().decided;
        decided.status = Status::assigned;
        decided.team = body_.team;
        decided.station = body_.station;
        return;
      }
      case CommandName::accept:
        begin().decided.status = Status::en_route;
        return;
      case CommandName::decline: {
        Decided& decided = begin().decided;
        decided.status = Status::queued;
        decided.unassigned = true;
        return;
      }
      case CommandName::arrive:
        begin().decided.status = Status::on_scene;
        return;
      case CommandName::resolve:
        return resolve();
      case CommandName::confirm:
        return confirm();
      case CommandName::register_:
        begin().decided.intake = body_.intake->id;
        return;
      case CommandName::changed_mind:
        return end(Status::closed, Outcome::changed_mind);
      case CommandName::not_arrived:
        return end(Status::closed, Outcome::not_arrived);
      case CommandName::refer:
        begin().decided.agency = body_.agency;
        return;
      case CommandName::link:
        return link();
      case CommandName::unlink:
        return unlink();
      case CommandName::reopen: {
        Decided& decided = begin().decided;
        decided.status = Status::queued;
        decided.unassigned = true;
        start_round(decided, s_->urgency);
        return;
      }
      default:
        begin();  // comment, publish_notice: an entry, and nothing else changes
    }
  }

  void end(Status status, Outcome outcome) {
    Decided& decided = begin().decided;
    decided.status = status;
    decided.outcome = outcome;
  }

  void amend(SetOf<Who> who) {
    Decided& decided = begin().decided;
    const bool overrides = who.has(Who::dispatcher);
    const auto open_to_amend = [&](Triaged what) { return overrides || !s_->triaged.has(what); };
    if (body_.observed_at) decided.observed_at = shifted(*body_.observed_at);
    if (body_.people && open_to_amend(Triaged::people)) decided.people = body_.people;
    Urgency urgency = s_->urgency;
    if (body_.category && open_to_amend(Triaged::category)) {
      decided.category = body_.category;
      urgency = std::max(urgency, least_urgency(*body_.category));
    }
    if (body_.urgency && open_to_amend(Triaged::urgency))
      urgency = std::max(*body_.urgency, least_urgency(decided.category.value_or(s_->category)));
    if (body_.position && s_->status == Status::queued && !s_->triaged.has(Triaged::jurisdiction))
      hand_over(decided, locate(*body_.position), urgency);
    set_urgency(decided, urgency);
  }

  void triage() {
    Decided& decided = begin().decided;
    decided.category = body_.category;
    decided.people = body_.people;
    decided.protect = body_.protect;
    const Urgency urgency = std::max(body_.urgency.value_or(s_->urgency),
                                     least_urgency(body_.category.value_or(s_->category)));
    if (body_.jurisdiction) hand_over(decided, {.jurisdiction = *body_.jurisdiction, .outside = false}, urgency);
    set_urgency(decided, urgency);
  }

  static std::vector<Consent> without_references(const Consents& consents) {
    std::vector<Consent> each = consents.each;
    for (Consent& consent : each) consent.reference.reset();
    return each;
  }

  void resolve() {
    Decided& decided = begin().decided;
    const bool picked_up = body_.outcome == Outcome::picked_up;
    decided.status = picked_up ? Status::picked_up : Status::closed;
    decided.outcome = body_.outcome;
    decided.people = body_.people;
    decided.offered = body_.offered.value_or(SetOf<Offer>{});
    decided.given = body_.given.value_or(SetOf<Offer>{});
    decided.rest = body_.rest;
    decided.agency = body_.agency;
    if (picked_up) {
      decided.station = body_.station;
      decided.consent = without_references(*body_.consent);
    }
    if (body_.revisit_at) {
      decided.revisit_at = body_.revisit_at;
      decided.case_id = s_->case_id.value_or(new_case());
      revisit(*decided.case_id);
    }
  }

  /// Named after the entry that begins it: a sighting that left one case must not find it again in its next.
  Uuid new_case() const { return uuid_v5(s_->id, "case/" + std::to_string(s_->version + 1)); }

  /// Somebody comes again to who declined and may want help later.
  void revisit(Uuid case_id) {
    Sighting blank;
    blank.id = uuid_v5(s_->id, "revisit");
    Event& event = add(blank, CommandName::revisit, true);
    event.content.category = s_->category;
    event.content.position = s_->position;
    event.content.place = s_->place;
    Decided& decided = event.decided;
    decided.kind = ReporterKind::staff;
    decided.status = Status::queued;
    decided.category = s_->category;
    decided.urgency = least_urgency(s_->category);
    decided.people = *body_.people;
    decided.observed_at = now_;
    decided.jurisdiction = s_->jurisdiction;
    decided.outside = s_->outside;
    decided.case_id = case_id;
    decided.other = s_->id;
    decided.round = true;
    decided.escalation = 0;
    decided.revisit_at = std::max(now_, *body_.revisit_at);
    decided.due_at = *decided.revisit_at + facts_.due.of(*decided.urgency);
  }

  void confirm() {
    Decided& decided = begin().decided;
    decided.people = body_.people;
    decided.voluntary = body_.voluntary;
    if (body_.intake) decided.intake = body_.intake->id;
    if (body_.voluntary != Voluntary::no) {
      decided.status = Status::confirmed;
      return;
    }
    decided.status = Status::closed;
    decided.outcome = Outcome::changed_mind;
    add(*s_, CommandName::supervision_note, true).decided.voluntary = Voluntary::no;
  }

  void link() {
    const Sighting& other = *facts_.other;
    const Uuid case_id = other.case_id ? *other.case_id : s_->case_id.value_or(new_case());
    Decided& decided = begin().decided;
    decided.case_id = case_id;
    decided.other = other.id;
    Decided& beside = add(other, CommandName::link).decided;
    beside.case_id = case_id;
    beside.other = s_->id;
    if (!s_->case_id || *s_->case_id == case_id) return;
    for (const Sighting* member : facts_.case_members) {  // two cases become one
      if (member->id == s_->id || member->id == other.id) continue;
      Decided& moved = add(*member, CommandName::link, true).decided;
      moved.case_id = case_id;
      moved.other = other.id;
    }
  }

  void unlink() {
    Decided& decided = begin().decided;
    decided.case_left = true;
    decided.other = facts_.other->id;
    Decided& beside = add(*facts_.other, CommandName::unlink).decided;
    beside.other = s_->id;
    const auto others = std::ranges::count_if(facts_.case_members, [&](const Sighting* member) {
      return member->id != s_->id && member->id != facts_.other->id;
    });
    beside.case_left = others == 0;
  }

  const Sighting* s_;
  const Command& command_;
  const Body& body_;
  const Actor& actor_;
  const Facts& facts_;
  Time now_;
  milliseconds shift_;
  std::vector<FieldError> faults_;
  Events events_;
};

Event by_server(const Sighting& s, CommandName name, Time now) {
  Event event;
  event.sighting = s.id;
  event.version = s.version + 1;
  event.name = name;
  event.at = now;
  return event;
}

}  // namespace

void restrict_body(Body& body, const Actor& actor) {
  if (actor.role != Role::dispatcher) body.caller.reset();
}

Result<Events> decide(const Sighting* sighting, const Command& command, const Actor& actor, const Facts& facts,
                      Time now, milliseconds shift) {
  return Decision{sighting, command, actor, facts, now, shift}.run();
}

std::optional<Event> escalate(const Sighting& s, const Jurisdictions& tree, const DuePolicy& due, Time now) {
  if (!is_awaited(s.status) || now < s.due_at) return std::nullopt;
  const auto* node = tree.find(s.jurisdiction);
  if (node == nullptr || s.escalation >= node->level) return std::nullopt;
  const int level = s.escalation + 1;
  Event event = by_server(s, CommandName::escalate, now);
  event.command = uuid_v5(s.id, "escalate/" + std::to_string(s.round_version) + "/" + std::to_string(level));
  event.decided.escalation = level;
  event.decided.due_at = s.due_at + due.of(s.urgency);
  return event;
}

std::vector<Event> mirror(std::span<const Sighting* const> members, Time now) {
  Events events;
  for (const Sighting* duplicate : members) {
    if (duplicate->outcome != Outcome::duplicate || is_open(duplicate->status)) continue;
    const Sighting* newest = nullptr;
    for (const Sighting* other : members)
      if (other->outcome != Outcome::duplicate &&
          (newest == nullptr || other->first_seq > newest->first_seq))
        newest = other;
    if (newest == nullptr || duplicate->mirror == coarse_status(*newest)) continue;
    Event event = by_server(*duplicate, CommandName::mirror, now);
    event.decided.mirror = coarse_status(*newest);
    events.push_back(std::move(event));
  }
  return events;
}

Event end_case(const Sighting& s, Time now) {
  Event event = by_server(s, CommandName::case_end, now);
  event.decided.case_left = true;
  return event;
}

Event close_invalid(const Sighting& s, Time now) {
  Event event = by_server(s, CommandName::close, now);
  event.decided.status = Status::closed;
  event.decided.outcome = Outcome::invalid;
  return event;
}

}  // namespace waystation::protocol
