#include "protocol/decide.hpp"

#include <algorithm>
#include <utility>

#include "protocol/validate.hpp"

namespace waystation::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using Events = std::vector<Event>;

constexpr minutes claim_length{5};

/// One decision under way: the state it meets, and the events found so far.
class Decision {
 public:
  Decision(const Sighting* s, const Command& command, const Actor& actor, const Facts& facts, Time now,
           milliseconds shift)
      : s_(s),
        command_(command),
        body_(command.body),
        actor_(actor),
        facts_(facts),
        now_(now),
        shift_(shift) {}

  Result<Events> run() {
    if (command_.name == CommandName::report) return report();
    const Sight sight =
        s_ == nullptr ? Sight::none : sight_of(*s_, actor_, *facts_.tree, actor_.role == Role::supervisor);
    if (sight == Sight::none)
      return std::unexpected(problem(Slug::not_found, "no such sighting in your sight"));
    const SetOf<Who> who = find_who(sight);
    if (!may(who))
      return std::unexpected(
          problem(Slug::forbidden, std::string{name_of(command_.name)} + " is not open to you here"));
    if (auto faults = validate(*s_, command_, actor_, facts_, who, now_, shift_); !faults.empty())
      return std::unexpected(invalid(std::move(faults)));
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
      std::string detail = std::string{name_of(command_.name)} + " is not possible ";
      // A reporter is told no more of the state than the reporter's view shows.
      detail += acting(who) == Who::reporter ? "any more" : "from " + std::string{name_of(s_->status)};
      return problem(Slug::invalid_transition, std::move(detail));
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
        if (body_.jurisdiction && *body_.jurisdiction != s_->jurisdiction && !is_awaited(s_->status))
          return wrong();
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
        event.device_at = shifted(*command_.at, shift_);
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
    if (!reporters.has(actor_.role))
      return std::unexpected(problem(Slug::forbidden, "your role does not report"));
    if (auto faults = validate_report(command_, actor_, now_, shift_); !faults.empty())
      return std::unexpected(invalid(std::move(faults)));
    if (s_ != nullptr) return std::unexpected(problem(Slug::conflict, "that id is in use"));
    if (command_.expect_version.value_or(0) > 0)
      return std::unexpected(problem(Slug::conflict, "there is no such version yet"));

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
    decided.observed_at = shifted(*body_.observed_at, shift_);
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
        // Where the person may be brought does not change with who goes there.
        decided.station = body_.station || !s_->assignment ? body_.station : s_->assignment->station;
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
    if (body_.observed_at) decided.observed_at = shifted(*body_.observed_at, shift_);
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
    const Urgency urgency =
        std::max(body_.urgency.value_or(s_->urgency), least_urgency(body_.category.value_or(s_->category)));
    if (body_.jurisdiction)
      hand_over(decided, {.jurisdiction = *body_.jurisdiction, .outside = false}, urgency);
    set_urgency(decided, urgency);
  }

  static std::vector<Consent> without_references(const Consents& consents) {
    std::vector<Consent> each = consents.each;
    for (Consent& consent : each)
      consent.reference.reset();
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
    decided.people = body_.people;
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
  Events events_;
};

}  // namespace

void restrict_body(Body& body, const Actor& actor) {
  if (actor.role != Role::dispatcher) body.caller.reset();
}

Result<Events> decide(const Sighting* sighting, const Command& command, const Actor& actor,
                      const Facts& facts, Time now, milliseconds shift) {
  return Decision{sighting, command, actor, facts, now, shift}.run();
}

}  // namespace waystation::protocol
