#include <algorithm>

#include "protocol/decide.hpp"

namespace waystation::protocol {
namespace {

using C = CommandName;
using W = Who;
using S = Status;

constexpr SetOf<Status> open{S::queued, S::assigned, S::en_route, S::on_scene, S::picked_up};
constexpr SetOf<Status> open_or_confirmed{S::queued,   S::assigned,  S::en_route,
                                          S::on_scene, S::picked_up, S::confirmed};
constexpr SetOf<Status> any{S::queued,    S::assigned,  S::en_route, S::on_scene,
                            S::picked_up, S::confirmed, S::closed};
constexpr SetOf<Status> before_on_scene{S::queued, S::assigned, S::en_route};

constexpr std::array table{
    Transition{C::amend, {W::reporter, W::dispatcher}, open},
    Transition{C::withdraw, {W::reporter}, {S::queued}},
    Transition{C::triage, {W::dispatcher}, open},
    Transition{C::triage, {W::team}, {S::on_scene}},
    Transition{C::claim, {W::dispatcher}, {S::queued}},
    Transition{C::release, {W::dispatcher}, {S::queued}},
    Transition{C::assign, {W::dispatcher}, {S::queued, S::assigned, S::en_route, S::on_scene}},
    Transition{C::accept, {W::team}, {S::assigned}},
    Transition{C::decline, {W::team}, {S::assigned, S::en_route, S::on_scene}},
    Transition{C::arrive, {W::team}, {S::en_route}},
    Transition{C::resolve, {W::team}, {S::en_route, S::on_scene}},
    Transition{C::resolve, {W::dispatcher}, before_on_scene},
    Transition{C::confirm, {W::station}, {S::picked_up}},
    Transition{C::register_, {W::station}, {S::picked_up, S::confirmed}},
    Transition{C::publish_notice, {W::station}, {S::confirmed}},
    Transition{C::changed_mind, {W::team, W::station}, {S::picked_up}},
    Transition{C::not_arrived, {W::station, W::team}, {S::picked_up}},
    Transition{C::refer, {W::dispatcher, W::team, W::station}, open_or_confirmed},
    Transition{C::link, {W::dispatcher}, open},
    Transition{C::unlink, {W::dispatcher}, open},
    Transition{C::comment, {W::dispatcher, W::supervisor, W::team, W::station}, any},
    Transition{C::reopen, {W::dispatcher, W::supervisor}, {S::confirmed, S::closed}},
};

constexpr SetOf<Outcome> by_dispatcher{Outcome::already_known, Outcome::duplicate, Outcome::invalid,
                                       Outcome::referred};
constexpr SetOf<Outcome> on_the_way{Outcome::already_gone, Outcome::inaccessible, Outcome::not_found};

}  // namespace

std::span<const Transition> transitions() {
  return table;
}

bool may_resolve(Who who, Status from, Outcome outcome) {
  if (who == Who::dispatcher) return before_on_scene.has(from) && by_dispatcher.has(outcome);
  if (who != Who::team) return false;
  return from == Status::on_scene || (from == Status::en_route && on_the_way.has(outcome));
}

Sight sight_of(const Sighting& s, const Actor& actor, const Jurisdictions& tree, bool aged) {
  const bool old = s.hidden && !aged;
  bool full = false;
  switch (actor.role) {
    case Role::dispatcher:
    case Role::supervisor:
      full = !old && tree.within(s.jurisdiction, actor.jurisdiction);
      break;
    case Role::team:
      full = !old && s.assignment && actor.team && s.assignment->team == *actor.team;
      break;
    case Role::station:
      full = s.assignment && actor.station && s.assignment->station == actor.station;
      break;
    case Role::informant:
    case Role::admin:
    case Role::server:
      break;
  }
  if (full) return Sight::full;
  return s.reporter && *s.reporter == actor.account ? Sight::own : Sight::none;
}

}  // namespace waystation::protocol
