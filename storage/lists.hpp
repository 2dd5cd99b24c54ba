#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/sightings.hpp"

/// What is read of many sightings at once. All functions run on the connection given.
namespace waystation::storage::lists {

/// What a list is narrowed to. Nothing that is set has to match.
struct Filter {
  std::vector<std::string> statuses;
  std::vector<protocol::Category> categories;
  std::optional<std::string> jurisdiction;
  struct Box {
    double west, south, east, north;
  };
  std::optional<Box> box;
  std::optional<Time> since, until;
  /// The code, or a part of place or note; looked for in what is open or ended after `text_since`.
  std::string text;
  Time text_since;
};

struct Item {
  std::uint64_t first_seq = 0;
  std::string json;
};

/// What the scope sees, newest first, from below a place (0: from the newest).
std::vector<Item> page(Connection& db, const Scope& scope, const protocol::Jurisdictions& tree,
                       const Filter& filter, std::uint64_t below, std::size_t limit, Time now);

/// One sighting that waits for a team.
struct Waiting {
  std::string json;
  std::string jurisdiction;
  protocol::Urgency urgency = protocol::Urgency::normal;
  Time due_at, received_at;
  bool overdue = false;
};

/// All that is queued, and what is on its way and overdue, most pressing first: an overdue one counts as a
/// step more urgent than it is.
std::vector<Waiting> queue(Connection& db, const Scope& scope, const protocol::Jurisdictions& tree, Time now);

struct Figures {
  std::map<protocol::Status, int> open;
  int overdue = 0;
  int received = 0;
  std::map<protocol::Outcome, int> outcomes;
  std::optional<double> median_minutes_to_scene;
};

/// Counts of what is open and of what came in since `since`, in a jurisdiction and all under it.
Figures figures(Connection& db, const protocol::Jurisdictions& tree, const std::string& jurisdiction,
                Time since, Time now);

/// The entries of a sighting, oldest first, up to `limit`.
std::vector<std::pair<Entry, Contents>> chain(Connection& db, const protocol::Sighting& sighting,
                                              std::size_t limit);

}  // namespace waystation::storage::lists
