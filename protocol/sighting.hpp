#pragma once
#include <optional>
#include <string>
#include <vector>

#include "protocol/command.hpp"
#include "protocol/photo.hpp"

namespace waystation::protocol {

struct Assignment {
  Uuid team;
  std::optional<Uuid> station;
  Time at;
};

struct Referral {
  Agency agency = Agency::police;
  Time at;
  std::optional<std::string> reason, note;
};

/// A coarse state and when it began.
struct Step {
  CoarseStatus status = CoarseStatus::received;
  Time at;
};

/// What the reporter is shown: as sent by the reporter, with a version of its own that counts its changes.
struct Told {
  int version = 0;
  /// The newest of those versions a person brought about.
  int person_version = 0;
  /// Place in the log of the newest change.
  std::uint64_t seq = 0;
  Category category = Category::needs_help;
  Position position;
  std::optional<std::string> place, appearance, note;
  std::optional<Staying> staying;
  int people = 1;
  SetOf<Trait> traits;
  std::vector<Uuid> photos;
  /// How often one of those came, or was found damaged.
  int photo_changes = 0;
  Time observed_at;
  CoarseStatus status = CoarseStatus::received;
  std::vector<Step> timeline;
};

/// What triage has set, and a reporter's amend no longer changes.
enum class Triaged : std::uint8_t { category, urgency, traits, people, jurisdiction };
template <>
struct Names<Triaged> {
  static constexpr auto all =
      std::to_array<std::string_view>({"category", "urgency", "traits", "people", "jurisdiction"});
};

/// The state of one sighting: what `evolve` makes of its entries.
struct Sighting {
  Uuid id;
  int version = 0;
  /// The newest version that a person, not the server, brought about.
  int person_version = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::string code;
  Status status = Status::queued;
  std::optional<Outcome> outcome;
  Category category = Category::needs_help;
  Urgency urgency = Urgency::normal;
  int people = 1;
  SetOf<Trait> traits;
  SetOf<Triaged> triaged;
  /// WGS-84.
  Position position;
  std::optional<std::string> place, appearance, note;
  std::optional<Staying> staying;
  SetOf<Spoke> spoke;
  std::optional<Caller> caller;
  Time observed_at;
  Time received_at;
  std::optional<Time> ended_at;
  /// When a team first was on the spot in this round.
  std::optional<Time> on_scene_at;
  std::string jurisdiction;
  bool outside = false;
  ReporterKind kind = ReporterKind::staff;
  /// The account that reported; none for what the server opened itself.
  std::optional<Uuid> reporter;
  std::vector<Photo> photos;
  std::optional<Assignment> assignment;
  std::vector<Referral> referrals;
  bool protect = false;
  std::optional<Uuid> claimed_by;
  std::optional<Time> claimed_until;
  Time due_at;
  int escalation = 0;
  /// The version of the entry that began the present round, and its time.
  int round_version = 1;
  Time round_at;
  std::optional<Uuid> case_id;
  std::optional<CoarseStatus> mirror;
  std::vector<Uuid> intakes;
  /// Taken out of dispatchers' and teams' sight by age.
  bool hidden = false;
  Told told;
};

constexpr bool is_open(Status status) {
  return status < Status::confirmed;
}

/// True while `due_at` runs: until the team is on the spot.
constexpr bool is_awaited(Status status) {
  return status <= Status::en_route;
}

/// Photos are in few people's sight, and the reporter sees only received and closed.
bool is_sealed(const Sighting& sighting);

/// What the reporter, and who follows the code, is told of the state.
CoarseStatus coarse_status(const Sighting& sighting);

/// The photo of that id; null if none is named so.
const Photo* find_photo(const Sighting& sighting, const Uuid& photo);

/// The least urgency a category has.
Urgency least_urgency(Category category);

template <class V>
void members(V& visit, Assignment& a) {
  visit("team", a.team, Limit{.required = true});
  visit("station", a.station);
  visit("at", a.at, Limit{.required = true});
}
template <class V>
void members(V& visit, Referral& r) {
  visit("agency", r.agency, Limit{.required = true});
  visit("at", r.at, Limit{.required = true});
  visit("reason", r.reason);
  visit("note", r.note);
}
template <class V>
void members(V& visit, Step& s) {
  visit("status", s.status, Limit{.required = true});
  visit("at", s.at, Limit{.required = true});
}
template <class V>
void members(V& visit, Told& t) {
  visit("version", t.version);
  visit("person_version", t.person_version);
  visit("seq", t.seq);
  visit("category", t.category);
  visit("position", t.position);
  visit("place", t.place);
  visit("appearance", t.appearance);
  visit("note", t.note);
  visit("staying", t.staying);
  visit("people", t.people);
  visit("traits", t.traits);
  visit("photos", t.photos);
  visit("photo_changes", t.photo_changes);
  visit("observed_at", t.observed_at);
  visit("status", t.status);
  visit("timeline", t.timeline);
}
template <class V>
void members(V& visit, Sighting& s) {
  visit("id", s.id, Limit{.required = true});
  visit("version", s.version);
  visit("person_version", s.person_version);
  visit("first_seq", s.first_seq);
  visit("last_seq", s.last_seq);
  visit("code", s.code);
  visit("status", s.status);
  visit("outcome", s.outcome);
  visit("category", s.category);
  visit("urgency", s.urgency);
  visit("people", s.people);
  visit("traits", s.traits);
  visit("triaged", s.triaged);
  visit("position", s.position);
  visit("place", s.place);
  visit("appearance", s.appearance);
  visit("note", s.note);
  visit("staying", s.staying);
  visit("spoke", s.spoke);
  visit("caller", s.caller);
  visit("observed_at", s.observed_at);
  visit("received_at", s.received_at);
  visit("ended_at", s.ended_at);
  visit("on_scene_at", s.on_scene_at);
  visit("jurisdiction", s.jurisdiction);
  visit("outside", s.outside);
  visit("kind", s.kind);
  visit("reporter", s.reporter);
  visit("photos", s.photos);
  visit("assignment", s.assignment);
  visit("referrals", s.referrals);
  visit("protect", s.protect);
  visit("claimed_by", s.claimed_by);
  visit("claimed_until", s.claimed_until);
  visit("due_at", s.due_at);
  visit("escalation", s.escalation);
  visit("round_version", s.round_version);
  visit("round_at", s.round_at);
  visit("case", s.case_id);
  visit("mirror", s.mirror);
  visit("intakes", s.intakes);
  visit("hidden", s.hidden);
  visit("told", s.told);
}

}  // namespace waystation::protocol
