#pragma once
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/event.hpp"
#include "protocol/jurisdiction.hpp"

namespace waystation::protocol {

/// Who asks. Of `jurisdiction`, `team` and `station` each role has its own.
struct Actor {
  Uuid account;
  Role role = Role::informant;
  std::optional<ReporterKind> kind;
  std::string jurisdiction;
  std::optional<Uuid> team, station;
};

/// How long a sighting may wait at each level of the tree, by urgency.
struct DuePolicy {
  std::array<std::chrono::milliseconds, 3> wait{std::chrono::hours{2}, std::chrono::minutes{30},
                                                std::chrono::minutes{10}};

  std::chrono::milliseconds of(Urgency urgency) const { return wait.at(static_cast<std::size_t>(urgency)); }
};

/// What was looked up for a decision.
struct Facts {
  const Jurisdictions* tree = nullptr;
  DuePolicy due;
  /// The team and the station that the body names exist.
  bool team_known = false;
  bool station_known = false;
  /// The sighting a link names, and the other members of this sighting's case.
  const Sighting* other = nullptr;
  std::vector<const Sighting*> case_members;
};

/// How much of a sighting an actor sees.
enum class Sight : std::uint8_t {
  none,
  own,   // as its reporter: coarse
  full,  // as staff
};

/// `aged` also sees what has left the lists by age (a supervisor who gives a reason).
Sight sight_of(const Sighting& sighting, const Actor& actor, const Jurisdictions& tree, bool aged = false);

/// Who may do something to a sighting that is there: its reporter, or staff by role.
enum class Who : std::uint8_t { reporter, dispatcher, supervisor, team, station };
template <>
struct Names<Who> {
  static constexpr auto all =
      std::to_array<std::string_view>({"reporter", "dispatcher", "supervisor", "team", "station"});
};

/// One line of the contract's table of commands. `report` begins a sighting and has no line.
struct Transition {
  CommandName name;
  SetOf<Who> who;
  SetOf<Status> from;
};

std::span<const Transition> transitions();

/// What `who` may resolve with from `from`; the contract's three cases.
bool may_resolve(Who who, Status from, Outcome outcome);

/// Drops the members only a dispatcher's report may have. Done before anything is compared or decided.
void restrict_body(Body& body, const Actor& actor);

/// Judges a command against the state it meets (none if the sighting is not there) and says what happens: one
/// event for the sighting, perhaps more for others. Problems come in the contract's order, without repeats,
/// which are looked up before. `shift` is what sync adds to the device's times. A stale `expect_version` is a
/// `conflict` with `current` null: whoever knows the caller's view puts it there.
Result<std::vector<Event>> decide(const Sighting* sighting, const Command& command, const Actor& actor,
                                  const Facts& facts, Time now, std::chrono::milliseconds shift = {});

/// The step up the tree that is due, if one is: at most one a call.
std::optional<Event> escalate(const Sighting& sighting, const Jurisdictions& tree, const DuePolicy& due,
                              Time now);

/// What the duplicates of a case have to be told anew, given all its members' states.
std::vector<Event> mirror(std::span<const Sighting* const> members, Time now);

/// The end of a case for one member.
Event end_case(const Sighting& sighting, Time now);

/// A photo that came, attached to the sighting that named it: the camera's place, if it is known, is held
/// against the report's.
Event attach(const Sighting& sighting, Attached photo, AttachedContent content, Time now);
/// A photo that was held and cannot be shown.
Event damage(const Sighting& sighting, const Uuid& photo, Time now);

/// The server's closing of an open sighting that is to be erased.
Event close_invalid(const Sighting& sighting, Time now);

}  // namespace waystation::protocol
