#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/sighting.hpp"

namespace waystation::protocol {

/// What an entry of the log decided: everything later decisions, counts and reports need, and nothing that
/// would have to be erased.
struct Decided {
  std::optional<Status> status;
  std::optional<Outcome> outcome;
  std::optional<ReporterKind> kind;
  std::optional<Category> category;
  std::optional<Urgency> urgency;
  std::optional<int> people;
  std::optional<std::string> jurisdiction;
  bool outside = false;
  std::optional<Time> observed_at;
  /// The device's own time of the command, where it was shifted.
  std::optional<Time> device_at_sent;
  std::optional<Uuid> team, station;
  bool unassigned = false;
  std::optional<Time> due_at;
  std::optional<int> escalation;
  /// This entry begins a round: overdue steps are counted anew.
  bool round = false;
  std::optional<Time> claimed_until;
  bool released = false;
  std::vector<Uuid> photos;
  std::optional<Uuid> case_id;
  bool case_left = false;
  std::optional<Uuid> other;
  std::optional<bool> protect;
  std::vector<Consent> consent;  // without references
  std::optional<Voluntary> voluntary;
  SetOf<Offer> offered, given;
  std::vector<Rest> rest;
  std::optional<Agency> agency;
  std::optional<Uuid> intake;
  std::optional<CoarseStatus> mirror;
  std::optional<Time> revisit_at;
  std::optional<Attached> attached;
  /// A photo that turned out damaged.
  std::optional<Uuid> damaged;
};

/// One thing that happened to a sighting. `decide` makes them, the log keeps them, `evolve` reads them.
struct Event {
  std::uint64_t seq = 0;  // place in the log; given when appended
  Uuid sighting;
  int version = 0;
  CommandName name = CommandName::comment;
  std::optional<Uuid> command;
  std::optional<Uuid> actor;
  Role by = Role::server;
  Time at;
  std::optional<Time> device_at;
  Decided decided;
  /// As sent; empty once erased. (`caller` apart: erased at the end.)
  Body content;
};

/// Takes one event into the state. Pure; events come in order of their version.
void evolve(Sighting& sighting, const Event& event);

template <class V>
void members(V& visit, Decided& d) {
  visit("status", d.status);
  visit("outcome", d.outcome);
  visit("kind", d.kind);
  visit("category", d.category);
  visit("urgency", d.urgency);
  visit("people", d.people);
  visit("jurisdiction", d.jurisdiction);
  visit("outside", d.outside);
  visit("observed_at", d.observed_at);
  visit("device_at_sent", d.device_at_sent);
  visit("team", d.team);
  visit("station", d.station);
  visit("unassigned", d.unassigned);
  visit("due_at", d.due_at);
  visit("escalation", d.escalation);
  visit("round", d.round);
  visit("claimed_until", d.claimed_until);
  visit("released", d.released);
  visit("photos", d.photos);
  visit("case", d.case_id);
  visit("case_left", d.case_left);
  visit("other", d.other);
  visit("protect", d.protect);
  visit("consent", d.consent);
  visit("voluntary", d.voluntary);
  visit("offered", d.offered);
  visit("given", d.given);
  visit("rest", d.rest);
  visit("agency", d.agency);
  visit("intake", d.intake);
  visit("mirror", d.mirror);
  visit("revisit_at", d.revisit_at);
  visit("attached", d.attached);
  visit("damaged", d.damaged);
}

}  // namespace waystation::protocol
