#include <algorithm>

#include "protocol/event.hpp"

namespace waystation::protocol {
namespace {

void add_photos(std::vector<Uuid>& to, const std::vector<Uuid>& photos) {
  for (const Uuid& photo : photos)
    if (std::ranges::find(to, photo) == to.end()) to.push_back(photo);
}

void add_photos(std::vector<Photo>& to, const std::vector<Uuid>& photos) {
  for (const Uuid& photo : photos)
    if (std::ranges::find(to, photo, &Photo::id) == to.end()) to.push_back({.id = photo});
}

/// What came, or was found damaged, of what was named.
void take_photo(Sighting& s, const Event& event) {
  const auto& came = event.decided.attached;
  const auto& damaged = event.decided.damaged;
  if (!came && !damaged) return;
  const Uuid id = came ? came->id : *damaged;
  const auto photo = std::ranges::find(s.photos, id, &Photo::id);
  if (photo == s.photos.end()) return;
  if (came) {
    photo->state = PhotoState::held;
    photo->media_type = came->media_type;
    photo->bytes = came->bytes;
    if (came->width > 0) photo->width = came->width;
    if (came->height > 0) photo->height = came->height;
    if (const auto& content = event.content.attached) {
      photo->sha256 = content->sha256;
      photo->taken_at = content->taken_at ? content->taken_at : content->camera_at;
      photo->flags = content->flags;
    }
  } else {
    photo->state = PhotoState::damaged;
  }
  if (std::ranges::find(s.told.photos, id) != s.told.photos.end()) ++s.told.photo_changes;
}

template <class T>
void take(T& to, const std::optional<T>& from) {
  if (from) to = *from;
}

template <class T>
void take(std::optional<T>& to, const std::optional<T>& from) {
  if (from) to = from;
}

/// What the reporter said, into the reporter's own view.
void tell(Told& told, const Event& event) {
  const Body& body = event.content;
  take(told.category, body.category);
  if (body.position) told.position = to_wgs84(*body.position);
  take(told.place, body.place);
  take(told.appearance, body.appearance);
  take(told.note, body.note);
  take(told.staying, body.staying);
  take(told.people, body.people);
  take(told.traits, body.traits);
  take(told.observed_at, event.decided.observed_at);
  add_photos(told.photos, body.photos);
}

bool same(const Told& a, const Told& b) {
  return a.category == b.category && a.position == b.position && a.place == b.place &&
         a.appearance == b.appearance && a.note == b.note && a.staying == b.staying && a.people == b.people &&
         a.traits == b.traits && a.photos == b.photos && a.photo_changes == b.photo_changes &&
         a.observed_at == b.observed_at && a.status == b.status;
}

/// What was said of the sighting, into what staff see.
void describe(Sighting& s, const Event& event) {
  const Body& body = event.content;
  if (body.position) s.position = to_wgs84(*body.position);
  take(s.place, body.place);
  take(s.appearance, body.appearance);
  take(s.note, body.note);
  take(s.staying, body.staying);
  if (body.spoke) s.spoke = *body.spoke;
  if (body.caller) s.caller = body.caller;
  const bool overrides = event.name == CommandName::triage || event.by == Role::dispatcher;
  if (body.traits && (overrides || !s.triaged.has(Triaged::traits))) s.traits = *body.traits;
}

void mark_triaged(Sighting& s, const Body& body) {
  if (body.category) s.triaged.add(Triaged::category);
  if (body.urgency) s.triaged.add(Triaged::urgency);
  if (body.traits) s.triaged.add(Triaged::traits);
  if (body.people) s.triaged.add(Triaged::people);
  if (body.jurisdiction) s.triaged.add(Triaged::jurisdiction);
}

void drop_claim(Sighting& s) {
  s.claimed_by.reset();
  s.claimed_until.reset();
}

void take_status(Sighting& s, const Event& event) {
  const Decided& d = event.decided;
  if (!d.status) return;
  s.status = *d.status;
  if (s.status == Status::on_scene && !s.on_scene_at) s.on_scene_at = event.at;
  if (s.status != Status::queued) drop_claim(s);
  if (is_open(s.status)) {
    s.ended_at.reset();
    s.hidden = false;
  } else {
    s.ended_at = event.at;
    s.caller.reset();
  }
  s.outcome = d.outcome ? d.outcome : (s.status == Status::confirmed ? s.outcome : std::nullopt);
  if (s.outcome != Outcome::duplicate) s.mirror.reset();
}

void take_decided(Sighting& s, const Event& event) {
  const Decided& d = event.decided;
  take(s.category, d.category);
  take(s.urgency, d.urgency);
  const bool head_count = event.name == CommandName::report || event.name == CommandName::revisit ||
                          event.name == CommandName::amend || event.name == CommandName::triage;
  if (head_count) take(s.people, d.people);
  if (d.jurisdiction) {
    if (*d.jurisdiction != s.jurisdiction) drop_claim(s);
    s.jurisdiction = *d.jurisdiction;
    s.outside = d.outside;
  }
  take(s.observed_at, d.observed_at);
  if (d.unassigned) s.assignment.reset();
  if (d.team) s.assignment = Assignment{.team = *d.team, .station = d.station, .at = event.at};
  if (!d.team && d.station && s.assignment) s.assignment->station = d.station;
  take(s.due_at, d.due_at);
  take(s.escalation, d.escalation);
  if (d.round) {
    s.round_version = event.version;
    s.round_at = d.revisit_at.value_or(event.at);  // who is visited again is waited for from that time
    s.on_scene_at.reset();
  }
  if (d.claimed_until) {
    s.claimed_by = event.actor;
    s.claimed_until = d.claimed_until;
  }
  if (d.released) drop_claim(s);
  add_photos(s.photos, d.photos);
  if (d.case_id) s.case_id = d.case_id;
  if (d.case_left) {
    s.case_id.reset();
    // A case that ends leaves its duplicates their last answer; one found to be of somebody else must not.
    if (event.name == CommandName::unlink) s.mirror.reset();
  }
  take(s.protect, d.protect);
  if (d.agency) {
    const Body& body = event.content;
    s.referrals.push_back({.agency = *d.agency, .at = event.at, .reason = body.reason, .note = body.note});
  }
  if (d.intake && std::ranges::find(s.intakes, *d.intake) == s.intakes.end()) s.intakes.push_back(*d.intake);
  if (d.mirror) s.mirror = d.mirror;
}

}  // namespace

bool is_sealed(const Sighting& s) {
  return s.protect || s.category == Category::minor_at_risk || s.category == Category::exploitation_suspected;
}

const Photo* find_photo(const Sighting& s, const Uuid& id) {
  const auto photo = std::ranges::find(s.photos, id, &Photo::id);
  return photo == s.photos.end() ? nullptr : &*photo;
}

Urgency least_urgency(Category category) {
  const bool pressing = category == Category::medical || category == Category::minor_at_risk ||
                        category == Category::exploitation_suspected;
  return pressing ? Urgency::urgent : Urgency::normal;
}

CoarseStatus coarse_status(const Sighting& s) {
  if (is_sealed(s)) return is_open(s.status) ? CoarseStatus::received : CoarseStatus::closed;
  switch (s.status) {
    case Status::queued:
      return CoarseStatus::received;
    case Status::assigned:
    case Status::en_route:
    case Status::on_scene:
    case Status::picked_up:
      return CoarseStatus::on_the_way;
    case Status::confirmed:
      return CoarseStatus::helped;
    case Status::closed:
      break;
  }
  switch (s.outcome.value_or(Outcome::invalid)) {
    case Outcome::helped_on_site:
      return CoarseStatus::helped;
    case Outcome::declined:
      return CoarseStatus::declined_help;
    case Outcome::not_found:
    case Outcome::already_gone:
    case Outcome::inaccessible:
      return CoarseStatus::not_found;
    case Outcome::referred:
    case Outcome::unable_to_consent:
      return CoarseStatus::passed_on;
    case Outcome::duplicate:
      return s.mirror.value_or(CoarseStatus::closed);
    default:
      return CoarseStatus::closed;
  }
}

void evolve(Sighting& s, const Event& event) {
  const bool first = s.version == 0;
  const Told before = s.told;
  s.version = event.version;
  s.last_seq = event.seq;
  if (event.by != Role::server) s.person_version = event.version;
  if (first) {
    s.id = event.sighting;
    s.first_seq = event.seq;
    s.received_at = event.at;
    s.kind = event.decided.kind.value_or(ReporterKind::staff);
    if (event.by != Role::server) s.reporter = event.actor;
  }

  take_decided(s, event);
  take_status(s, event);
  const bool describes = event.name == CommandName::report || event.name == CommandName::revisit ||
                         event.name == CommandName::amend || event.name == CommandName::triage;
  if (describes) describe(s, event);
  if (event.name == CommandName::triage) mark_triaged(s, event.content);

  const bool by_reporter =
      first || (event.name == CommandName::amend && s.reporter && event.actor == s.reporter);
  if (by_reporter) tell(s.told, event);
  take_photo(s, event);
  s.told.status = coarse_status(s);
  if (first || s.told.status != before.status)
    s.told.timeline.push_back({.status = s.told.status, .at = event.at});
  if (first || !same(s.told, before)) {
    ++s.told.version;
    s.told.seq = event.seq;
    if (event.by != Role::server) s.told.person_version = s.told.version;
  }
}

}  // namespace waystation::protocol
