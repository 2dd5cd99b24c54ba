#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/json.hpp"
#include "server/demo/cast.hpp"
#include "server/settings.hpp"
#include "storage/store.hpp"

namespace waystation::server::demo {

/// How long the demo's people take over each state, about.
struct Pace {
  std::chrono::milliseconds queued, assigned, en_route, on_scene, picked_up;
};

/// Plays everybody in the cast: watches the log as any reader does, and when somebody's time has come makes
/// them do what their script says. What a visitor does with the same sightings is taken as it is. One thread.
class Director {
 public:
  /// All outlive it.
  Director(storage::Store& store, const LiveSettings& settings, const Cast& cast, Pace pace);

  /// One script's report, now.
  void report(const Script& script);
  /// The next script of the cast that nothing open came from.
  void report_next();
  /// Makes everybody act whose time has come.
  void act();

 private:
  struct Seen {
    storage::SightingPtr sighting;
    protocol::Time since;  // of its present version
  };
  struct Move {
    storage::Caller caller;
    protocol::Json command;
  };

  void look();
  std::optional<Move> move_of(const protocol::Sighting& sighting) const;
  Move resolve(const protocol::Sighting& sighting, const Lead& lead, storage::Caller by) const;
  std::chrono::milliseconds wait_of(const protocol::Sighting& sighting) const;
  void run(const Move& move) const;

  storage::Caller informant(const std::string& key) const;
  storage::Caller user(protocol::Role role, const std::optional<std::string>& unit = {}) const;
  /// The account of the team (or station) with that id; nothing for one that a visitor has made.
  std::optional<storage::Caller> crew(const protocol::Uuid& team) const;
  std::optional<storage::Caller> host(const protocol::Uuid& station) const;

  storage::Store& store_;
  const LiveSettings& settings_;
  const Cast& cast_;
  const Pace pace_;
  std::uint64_t looked_up_to_ = 0;
  bool has_looked_ = false;
  std::size_t next_script_ = 0;
  std::unordered_map<protocol::Uuid, Seen> open_;
};

}  // namespace waystation::server::demo
