#include "storage/sightings.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_set>
#include <utility>

#include <sqlite3.h>

namespace waystation::storage {
namespace {

using protocol::Jurisdictions;
using protocol::Role;
using protocol::Sight;
using protocol::Sighting;

/// Rows looked at for one page at most: a reader of a small part of a large log comes back for more.
constexpr std::int64_t scan_budget = 20000;

void depart(Connection& db, const std::string& audience, std::uint64_t seq, const Uuid& id) {
  db.query("INSERT OR IGNORE INTO departures (audience, seq, sighting) VALUES (?, ?, ?)")
      .bind(audience)
      .bind(seq)
      .bind(id)
      .run();
}

void depart(Connection& db, const std::vector<std::string>& before, const std::vector<std::string>& after,
            std::uint64_t seq, const Uuid& id) {
  for (const auto& audience : before)
    if (std::ranges::find(after, audience) == after.end()) depart(db, audience, seq, id);
}

Stored read_stored(Query& query) {
  if (query.integer(0) != 0) return {.sighting = nullptr, .erased = true};
  return {.sighting = std::make_shared<const Sighting>(decode_state(query.text(1))), .erased = false};
}

std::vector<Uuid> ids(Query query) {
  std::vector<Uuid> found;
  while (query.step())
    found.push_back(query.id(0));
  return found;
}

/// One source of changes, in order of its places, complete up to `upto`.
struct Stream {
  std::vector<Change> items;
  std::uint64_t upto = 0;
};

bool is_news(std::uint64_t seq, const std::optional<Time>& ended, const std::optional<Beginning>& beginning) {
  return !beginning || seq > beginning->floor || !ended || *ended > beginning->since;
}

class ChangeReader {
 public:
  ChangeReader(Connection& db, const Scope& scope, const Jurisdictions& tree, std::uint64_t after,
               const std::optional<Beginning>& beginning, std::size_t limit, Time now)
      : db_(db), scope_(scope), tree_(tree), after_(after), beginning_(beginning), limit_(limit), now_(now) {}

  Changes read() {
    const std::uint64_t end = sightings::head(db_);
    std::vector<Stream> streams;
    if (!scope_.audience.empty()) {
      streams.push_back(in_sight(end));
      streams.push_back(departed(scope_.audience, end));
    }
    streams.push_back(own(end));
    streams.push_back(departed(reporter_audience(scope_.actor.account), end));
    return merge(streams, end);
  }

 private:
  Stream in_sight(std::uint64_t end) {
    switch (scope_.actor.role) {
      case Role::team:
        return staff_rows(
            db_.query("SELECT last_seq, id, core, tail, event, ended_at, hidden, jurisdiction FROM "
                      "sightings WHERE team = ? AND last_seq > ? ORDER BY last_seq LIMIT ?")
                .bind(scope_.actor.team)
                .bind(after_)
                .bind(static_cast<std::int64_t>(limit_) + 1),
            static_cast<std::int64_t>(limit_) + 1, end);
      case Role::station:
        return staff_rows(db_.query("SELECT last_seq, id, core, tail, event, ended_at, 0, jurisdiction FROM "
                                    "sightings WHERE station = ? AND last_seq > ? ORDER BY last_seq LIMIT ?")
                              .bind(scope_.actor.station)
                              .bind(after_)
                              .bind(static_cast<std::int64_t>(limit_) + 1),
                          static_cast<std::int64_t>(limit_) + 1, end);
      default:
        return staff_rows(
            db_.query("SELECT last_seq, id, core, tail, event, ended_at, hidden OR erased, jurisdiction "
                      "FROM sightings WHERE last_seq > ? ORDER BY last_seq LIMIT ?")
                .bind(after_)
                .bind(scan_budget),
            scan_budget, end);
    }
  }

  Stream staff_rows(Query& query, std::int64_t asked, std::uint64_t end) {
    Stream stream{.items = {}, .upto = end};
    const bool by_place = scope_.actor.role == Role::dispatcher || scope_.actor.role == Role::supervisor;
    std::int64_t rows = 0;
    while (query.step()) {
      const std::uint64_t seq = query.place(0);
      if (++rows == asked) stream.upto = seq;
      if (query.integer(6) == 0 && is_news(seq, query.optional_time(5), beginning_) &&
          (!by_place || tree_.within(query.text(7), scope_.actor.jurisdiction))) {
        Change& change = stream.items.emplace_back();
        change.seq = seq;
        change.id = query.id(1);
        const std::string_view core = query.text(2);
        change.json.reserve(core.size() + 80);
        append_staff_view(change.json, core, query.text(3), scope_.lens, now_);
        change.event = query.text(4);
      }
      if (stream.items.size() > limit_) {
        stream.upto = seq;
        break;
      }
    }
    return stream;
  }

  Stream own(std::uint64_t end) {
    Stream stream{.items = {}, .upto = end};
    Query query = db_.query(
        "SELECT told_seq, state, ended_at FROM sightings WHERE reporter = ? AND told_seq > ? AND erased = 0 "
        "ORDER BY told_seq LIMIT ?");
    query.bind(scope_.actor.account).bind(after_).bind(static_cast<std::int64_t>(limit_) + 1);
    std::size_t rows = 0;
    while (query.step()) {
      const std::uint64_t seq = query.place(0);
      if (++rows > limit_) stream.upto = seq;
      if (!is_news(seq, query.optional_time(2), beginning_)) continue;
      const Sighting sighting = decode_state(query.text(1));
      if (sight_of(sighting, scope_.actor, tree_) == Sight::full) continue;
      stream.items.push_back(
          {.seq = seq, .id = sighting.id, .gone = false, .json = reporter_view(sighting), .event = {}});
    }
    return stream;
  }

  Stream departed(const std::string& audience, std::uint64_t end) {
    Stream stream{.items = {}, .upto = end};
    const std::uint64_t from = beginning_ ? std::max(after_, beginning_->floor) : after_;
    Query query =
        db_.query("SELECT seq, sighting FROM departures WHERE audience = ? AND seq > ? ORDER BY seq LIMIT ?");
    // One entry of retention takes up to retention_batch sightings out of sight at one place: a page ends
    // between places, never within one.
    const std::size_t asked = std::max(limit_, retention_batch) + 1;
    query.bind(audience).bind(from).bind(static_cast<std::int64_t>(asked));
    while (query.step())
      stream.items.push_back(
          {.seq = query.place(0), .id = query.id(1), .gone = true, .json = {}, .event = {}});
    if (stream.items.size() == asked) {
      const std::uint64_t last = stream.items.back().seq;
      stream.upto = last - 1;
      std::erase_if(stream.items, [last](const Change& change) { return change.seq == last; });
    }
    for (Change& change : stream.items)
      settle(change);
    std::erase_if(stream.items, [](const Change& change) { return change.json.empty(); });
    return stream;
  }

  /// What a departure means today: nothing if the sighting is back in sight (it is told as a change), the
  /// reporter's own view if it was theirs, else that it is gone.
  void settle(Change& change) {
    const auto stored = sightings::find(db_, change.id);
    const Sight sight =
        stored && stored->sighting ? sight_of(*stored->sighting, scope_.actor, tree_) : Sight::none;
    if (sight == Sight::full) return;
    change.gone = sight == Sight::none;
    change.json = change.gone ? protocol::gone_view(change.id) : reporter_view(*stored->sighting);
  }

  Changes merge(std::vector<Stream>& streams, std::uint64_t end) {
    Changes result{.items = {}, .upto = end, .more = false};
    for (const Stream& stream : streams)
      result.upto = std::min(result.upto, stream.upto);
    for (Stream& stream : streams)
      for (Change& change : stream.items)
        if (change.seq <= result.upto) result.items.push_back(std::move(change));
    std::ranges::sort(result.items, {}, &Change::seq);
    keep_newest(result.items);
    if (result.items.size() > limit_) {
      result.upto = result.items[limit_ - 1].seq;
      std::size_t kept = limit_;
      while (kept < result.items.size() && result.items[kept].seq == result.upto)
        ++kept;
      result.items.resize(kept);
    }
    result.more = result.upto < end;
    return result;
  }

  /// Each sighting once a page: its last.
  static void keep_newest(std::vector<Change>& items) {
    std::unordered_set<Uuid> told;
    std::vector<Change> kept;
    kept.reserve(items.size());
    for (auto& item : items | std::views::reverse)
      if (told.insert(item.id).second) kept.push_back(std::move(item));
    std::ranges::reverse(kept);
    items = std::move(kept);
  }

  Connection& db_;
  const Scope& scope_;
  const Jurisdictions& tree_;
  std::uint64_t after_;
  const std::optional<Beginning>& beginning_;
  std::size_t limit_;
  Time now_;
};

}  // namespace

std::string jurisdiction_audience(std::string_view code) {
  return "j:" + std::string{code};
}
std::string team_audience(const Uuid& team) {
  return "t:" + to_string(team);
}
std::string station_audience(const Uuid& station) {
  return "s:" + to_string(station);
}
std::string reporter_audience(const Uuid& account) {
  return "r:" + to_string(account);
}

std::vector<std::string> audiences_of(const Sighting& s, const Jurisdictions& tree) {
  std::vector<std::string> keys;
  if (!s.hidden) {
    for (const auto& code : tree.path(s.jurisdiction))
      keys.push_back(jurisdiction_audience(code));
    if (s.assignment) keys.push_back(team_audience(s.assignment->team));
  }
  if (s.assignment && s.assignment->station) keys.push_back(station_audience(*s.assignment->station));
  if (s.reporter) keys.push_back(reporter_audience(*s.reporter));
  return keys;
}

Scope scope_of(const protocol::Actor& actor) {
  Scope scope{.actor = actor, .lens = protocol::Lens::dispatcher, .audience = {}};
  switch (actor.role) {
    case Role::dispatcher:
    case Role::supervisor:
      scope.lens = actor.role == Role::dispatcher ? protocol::Lens::dispatcher : protocol::Lens::supervisor;
      scope.audience = jurisdiction_audience(actor.jurisdiction);
      break;
    case Role::team:
      scope.lens = protocol::Lens::team;
      if (actor.team) scope.audience = team_audience(*actor.team);
      break;
    case Role::station:
      scope.lens = protocol::Lens::station;
      if (actor.station) scope.audience = station_audience(*actor.station);
      break;
    default:
      break;
  }
  return scope;
}

protocol::Sighting decode_state(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  return decode_own<Sighting>(json);
}

namespace sightings {

std::string describe(const protocol::Event& event) {
  std::string text;
  protocol::ObjectText object{text};
  object.member("name", event.name).member("at", event.at).member("by_role", event.by).end();
  return text;
}

void put(Connection& db, const Sighting* before, const Sighting& s, const protocol::Event& event,
         const Jurisdictions& tree) {
  const std::string core = staff_core(s);
  const std::string tail = staff_tail(s);
  const std::string state = protocol::to_text(s);
  const std::string described = describe(event);
  const std::optional<Uuid> team = s.assignment ? std::optional{s.assignment->team} : std::nullopt;
  const std::optional<Uuid> station = s.assignment ? s.assignment->station : std::nullopt;
  Query query = db.query(
      before == nullptr
          ? "INSERT INTO sightings (id, last_seq, told_seq, reporter, team, station, case_id, jurisdiction, "
            "status, "
            "category, urgency, lat, lon, received_at, ended_at, on_scene_at, due_at, step_at, escalation, "
            "hidden, "
            "erased, event, core, tail, state, first_seq) VALUES "
            "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,?,?,?,?,?)"
          : "UPDATE sightings SET id=?, last_seq=?, told_seq=?, reporter=?, team=?, station=?, case_id=?, "
            "jurisdiction=?, status=?, category=?, urgency=?, lat=?, lon=?, received_at=?, ended_at=?, "
            "on_scene_at=?, due_at=?, step_at=?, escalation=?, hidden=?, event=?, core=?, tail=?, state=? "
            "WHERE first_seq=?");
  query.bind(s.id)
      .bind(s.last_seq)
      .bind(s.told.seq)
      .bind(s.reporter)
      .bind(team)
      .bind(station)
      .bind(s.case_id);
  query.bind(s.jurisdiction).bind(static_cast<int>(s.status)).bind(static_cast<int>(s.category));
  query.bind(static_cast<int>(s.urgency)).bind(s.position.lat).bind(s.position.lon).bind(s.received_at);
  query.bind(s.ended_at).bind(s.on_scene_at);
  const bool awaited = is_awaited(s.status);
  const auto* node = tree.find(s.jurisdiction);
  const bool steps_left = awaited && node != nullptr && s.escalation < node->level;
  query.bind(awaited ? std::optional{s.due_at} : std::nullopt);
  query.bind(steps_left ? std::optional{s.due_at} : std::nullopt);
  query.bind(s.escalation).bind(s.hidden ? 1 : 0).bind(described).bind(core).bind(tail).bind(state);
  query.bind(s.first_seq).run();
  if (before != nullptr) depart(db, audiences_of(*before, tree), audiences_of(s, tree), s.last_seq, s.id);
}

void hide(Connection& db, const Sighting& s, std::uint64_t seq, const Jurisdictions& tree) {
  Sighting hidden = s;
  hidden.hidden = true;
  const std::string state = protocol::to_text(hidden);
  db.query("UPDATE sightings SET hidden = 1, state = ? WHERE first_seq = ?")
      .bind(state)
      .bind(s.first_seq)
      .run();
  depart(db, audiences_of(s, tree), audiences_of(hidden, tree), seq, s.id);
}

void erase(Connection& db, const Sighting& s, std::uint64_t seq, const Jurisdictions& tree) {
  db.query(
        "UPDATE sightings SET erased = 1, reporter = NULL, team = NULL, station = NULL, case_id = NULL, lat "
        "= 0, "
        "lon = 0, due_at = NULL, step_at = NULL, event = '', core = '', tail = '', state = '' WHERE "
        "first_seq = ?")
      .bind(s.first_seq)
      .run();
  depart(db, audiences_of(s, tree), {}, seq, s.id);
}

std::int64_t count(Connection& db) {
  Query query = db.query("SELECT count(*) FROM sightings WHERE erased = 0");
  query.step();
  return query.integer(0);
}

std::int64_t overdue(Connection& db, Time now) {
  Query query = db.query("SELECT count(*) FROM sightings WHERE due_at < ?");
  query.bind(now).step();
  return query.integer(0);
}

void put_erased(Connection& db, const Uuid& id, std::uint64_t seq) {
  db.query(
        "INSERT INTO sightings (first_seq, id, last_seq, told_seq, jurisdiction, status, category, urgency, "
        "lat, "
        "lon, received_at, ended_at, escalation, hidden, erased, event, core, tail, state) VALUES "
        "(?,?,?,0,'',?,0,0,0,0,0,0,0,1,1,'','','','')")
      .bind(seq)
      .bind(id)
      .bind(seq)
      .bind(static_cast<int>(protocol::Status::closed))
      .run();
}

std::optional<Stored> find(Connection& db, const Uuid& id) {
  Query query = db.query("SELECT erased, state FROM sightings WHERE id = ?");
  query.bind(id);
  if (!query.step()) return std::nullopt;
  return read_stored(query);
}

std::uint64_t first_place(Connection& db, const Uuid& id) {
  Query query = db.query("SELECT first_seq FROM sightings WHERE id = ?");
  query.bind(id);
  return query.step() ? query.place(0) : 0;
}

std::optional<Stored> find_first(Connection& db, std::uint64_t first_seq) {
  Query query = db.query("SELECT erased, state FROM sightings WHERE first_seq = ?");
  query.bind(first_seq);
  if (!query.step()) return std::nullopt;
  return read_stored(query);
}

std::vector<Uuid> case_members(Connection& db, const Uuid& case_id) {
  Query query = db.query("SELECT id FROM sightings WHERE case_id = ? ORDER BY first_seq");
  query.bind(case_id);
  return ids(std::move(query));
}

std::vector<Uuid> steps_due(Connection& db, Time now, int limit) {
  Query query = db.query(
      "SELECT id FROM sightings WHERE step_at IS NOT NULL AND step_at <= ? ORDER BY step_at LIMIT ?");
  query.bind(now).bind(limit);
  return ids(std::move(query));
}

std::vector<Uuid> ended_before(Connection& db, Time end, int limit) {
  Query query = db.query(
      "SELECT id FROM sightings WHERE ended_at IS NOT NULL AND hidden = 0 AND erased = 0 AND ended_at < ? "
      "ORDER BY ended_at LIMIT ?");
  query.bind(end).bind(limit);
  return ids(std::move(query));
}

std::vector<Uuid> cases_over(Connection& db, Time end, int limit) {
  Query query = db.query(
      "SELECT case_id FROM sightings WHERE case_id IS NOT NULL GROUP BY case_id "
      "HAVING count(*) = count(ended_at) AND max(ended_at) < ? LIMIT ?");
  query.bind(end).bind(limit);
  return ids(std::move(query));
}

std::uint64_t head(Connection& db) {
  Query query = db.query("SELECT seq FROM events ORDER BY seq DESC LIMIT 1");
  return query.step() ? query.place(0) : 0;
}

std::uint64_t own_head(Connection& db, const Uuid& account) {
  Query query = db.query(
      "SELECT max(coalesce((SELECT told_seq FROM sightings WHERE reporter = ? ORDER BY told_seq DESC LIMIT "
      "1), 0), "
      "coalesce((SELECT seq FROM departures WHERE audience = ? ORDER BY seq DESC LIMIT 1), 0))");
  const std::string audience = reporter_audience(account);
  query.bind(account).bind(audience);
  return query.step() ? query.place(0) : 0;
}

Changes changes(Connection& db, const Scope& scope, const Jurisdictions& tree, std::uint64_t after,
                const std::optional<Beginning>& beginning, std::size_t limit, Time now) {
  return ChangeReader{db, scope, tree, after, beginning, limit, now}.read();
}

std::string render(const Sighting& sighting, const Scope& scope, Sight sight, Time now) {
  if (sight == Sight::none) return protocol::gone_view(sighting.id);
  return sight == Sight::full ? staff_view(sighting, scope.lens, now) : reporter_view(sighting);
}

}  // namespace sightings
}  // namespace waystation::storage
