#include <utility>

#include "protocol/decide.hpp"

namespace waystation::protocol {
namespace {

Event by_server(const Sighting& s, CommandName name, Time now) {
  Event event;
  event.sighting = s.id;
  event.version = s.version + 1;
  event.name = name;
  event.at = now;
  return event;
}

}  // namespace

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
  std::vector<Event> events;
  for (const Sighting* duplicate : members) {
    if (duplicate->outcome != Outcome::duplicate || is_open(duplicate->status)) continue;
    const Sighting* newest = nullptr;
    for (const Sighting* other : members)
      if (other->outcome != Outcome::duplicate && (newest == nullptr || other->first_seq > newest->first_seq))
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

Event attach(const Sighting& s, Attached photo, AttachedContent content, Time now) {
  Event event = by_server(s, CommandName::attach, now);
  if (content.camera_place)
    content.flags = photo_flags({.lat = s.position.lat, .lon = s.position.lon}, *content.camera_place);
  event.decided.attached = std::move(photo);
  event.content.attached = std::move(content);
  return event;
}

Event damage(const Sighting& s, const Uuid& photo, Time now) {
  Event event = by_server(s, CommandName::damage, now);
  event.decided.damaged = photo;
  return event;
}

Event close_invalid(const Sighting& s, Time now) {
  Event event = by_server(s, CommandName::close, now);
  event.decided.status = Status::closed;
  event.decided.outcome = Outcome::invalid;
  return event;
}

}  // namespace waystation::protocol
