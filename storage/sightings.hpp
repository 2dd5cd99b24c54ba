#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/code.hpp"
#include "protocol/decide.hpp"
#include "protocol/view.hpp"
#include "storage/log.hpp"

/// The view of sightings: one row each, built from the log. All functions run on the connection given and see
/// its transaction.
namespace waystation::storage {

using SightingPtr = std::shared_ptr<const protocol::Sighting>;

/// A sighting as its row holds it; of an erased one only that it was there.
struct Stored {
  SightingPtr sighting;
  bool erased = false;
};

/// Keys under which departures and feeds know who sees a sighting: its jurisdiction and all above ("j:CODE"),
/// team ("t:ID"), station ("s:ID") and reporter ("r:ID").
std::vector<std::string> audiences_of(const protocol::Sighting& sighting,
                                      const protocol::Jurisdictions& tree);
std::string jurisdiction_audience(std::string_view code);
std::string team_audience(const Uuid& team);
std::string station_audience(const Uuid& station);
std::string reporter_audience(const Uuid& account);

/// Whose changes are read: staff of a jurisdiction, a team or a station, or an account's own reports. Staff
/// also have reports of their own that lie elsewhere, seen as any reporter sees them.
struct Scope {
  protocol::Actor actor;
  protocol::Lens lens = protocol::Lens::dispatcher;
  /// The audience of full sight; empty for those who only see their own.
  std::string audience;
};
Scope scope_of(const protocol::Actor& actor);

/// One thing a reader has to be told.
struct Change {
  std::uint64_t seq = 0;
  Uuid id;
  bool gone = false;
  /// The answer in the reader's view, and what happened last (`{"name","at","by_role"}`; empty in the view of
  /// a reporter, who is not told).
  std::string json;
  std::string event;
};

struct Changes {
  std::vector<Change> items;
  /// The place looked up to: nothing at or before it is left to tell.
  std::uint64_t upto = 0;
  bool more = false;
};

/// Where a reader without a cursor begins: what is at or before `floor` is told only if it is open or ended
/// after `since`, and departures there are no news.
struct Beginning {
  std::uint64_t floor = 0;
  Time since;
};

/// Sightings one entry of retention takes out of sight at most.
inline constexpr std::size_t retention_batch = 100;

/// The state as its row holds it; throws DatabaseError where that is damaged.
protocol::Sighting decode_state(std::string_view text);

namespace sightings {

/// `{"name","at","by_role"}`, as the feed tells what happened.
std::string describe(const protocol::Event& event);

/// Writes the row of a new state; `event` is what made it. Adds the departures from `before`'s audiences.
void put(Connection& db, const protocol::Sighting* before, const protocol::Sighting& after,
         const protocol::Event& event, const protocol::Jurisdictions& tree);
/// Marks a sighting as out of dispatchers' and teams' sight by age, at that place of the log.
void hide(Connection& db, const protocol::Sighting& sighting, std::uint64_t seq,
          const protocol::Jurisdictions& tree);
/// How many there are that were not erased; how many wait for a team longer than they should.
std::int64_t count(Connection& db);
std::int64_t overdue(Connection& db, Time now);
/// Keeps the place of a sighting that is not known and was erased, so that it cannot come.
void put_erased(Connection& db, const Uuid& id, std::uint64_t seq);
/// Blanks the row; everybody who saw it is told it is gone.
void erase(Connection& db, const protocol::Sighting& sighting, std::uint64_t seq,
           const protocol::Jurisdictions& tree);

std::optional<Stored> find(Connection& db, const Uuid& id);
/// The place of its first entry (0 if it is not there); erased ones have theirs too.
std::uint64_t first_place(Connection& db, const Uuid& id);
/// By the place of its first entry.
std::optional<Stored> find_first(Connection& db, std::uint64_t first_seq);

/// The other members of a case as well as the sighting itself.
std::vector<Uuid> case_members(Connection& db, const Uuid& case_id);
/// What waits and has a step up the tree due by `now`, longest due first.
std::vector<Uuid> steps_due(Connection& db, Time now, int limit);
/// What ended before that time and is still in dispatchers' sight.
std::vector<Uuid> ended_before(Connection& db, Time end, int limit);
/// Cases whose last open sighting ended before that time.
std::vector<Uuid> cases_over(Connection& db, Time end, int limit);

/// The newest place of the log in this transaction.
std::uint64_t head(Connection& db);
/// The newest place at which one of the account's own views changed (0: none).
std::uint64_t own_head(Connection& db, const Uuid& account);

/// What changed after a place, oldest first, at most `limit`, each sighting once in its newest state.
Changes changes(Connection& db, const Scope& scope, const protocol::Jurisdictions& tree, std::uint64_t after,
                const std::optional<Beginning>& beginning, std::size_t limit, Time now);

/// The answer for one sighting in the scope's view; the reporter's where that is all the scope sees.
std::string render(const protocol::Sighting& sighting, const Scope& scope, protocol::Sight sight, Time now);

}  // namespace sightings
}  // namespace waystation::storage
