#include "storage/lists.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace waystation::storage::lists {
namespace {

using protocol::Jurisdictions;
using protocol::Role;
using protocol::Status;

/// The columns `Row` reads, in its order.
#define COLUMNS                                                                                            \
  "SELECT first_seq, core, tail, state, jurisdiction, status, category, lat, lon, received_at, ended_at, " \
  "reporter FROM sightings "

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string upper(std::string_view text) {
  std::string raised{text};
  for (char& c : raised)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return raised;
}

/// One row as a list meets it, decoded no further than the filter asks.
class Row {
 public:
  explicit Row(Query& query) : query_(query) {}

  std::uint64_t first_seq() const { return query_.place(0); }
  std::string_view core() const { return query_.text(1); }
  std::string_view tail() const { return query_.text(2); }
  std::string_view state() const { return query_.text(3); }
  std::string_view jurisdiction() const { return query_.text(4); }
  Status status() const { return static_cast<Status>(query_.integer(5)); }
  bool is_reported_by(const Uuid& account) const { return query_.optional_id(11) == account; }

  /// What staff see of it passes.
  bool passes(const Filter& filter, const Jurisdictions& tree) const {
    return passes(filter, tree, static_cast<protocol::Category>(query_.integer(6)), jurisdiction(),
                  query_.real(7), query_.real(8));
  }
  /// What its reporter was told of it passes: a filter must not show what the view keeps to staff.
  bool passes(const Filter& filter, const Jurisdictions& tree, const protocol::Told& told) const {
    const auto* node = tree.locate({.lat = told.position.lat, .lon = told.position.lon});
    return passes(filter, tree, told.category, node != nullptr ? node->code : tree.root().code,
                  told.position.lat, told.position.lon);
  }

 private:
  bool passes(const Filter& filter, const Jurisdictions& tree, protocol::Category category,
              std::string_view jurisdiction, double lat, double lon) const {
    if (!filter.categories.empty() &&
        std::ranges::find(filter.categories, category) == filter.categories.end())
      return false;
    if (filter.jurisdiction && !tree.within(jurisdiction, *filter.jurisdiction)) return false;
    if (filter.box) {
      const auto& box = *filter.box;
      if (lat < box.south || lat > box.north || lon < box.west || lon > box.east) return false;
    }
    if (filter.since && query_.time(9) < *filter.since) return false;
    if (filter.until && query_.time(9) > *filter.until) return false;
    const auto ended = query_.optional_time(10);
    return filter.text.empty() || !ended || *ended > filter.text_since;
  }

  Query& query_;
};

bool mentions(const Json& view, const std::string& text) {
  if (view.at("code").get_ref<const std::string&>() == upper(text)) return true;
  for (const char* member : {"place", "note"})
    if (const auto& value = view.at(member);
        value.is_string() && contains(value.get_ref<const std::string&>(), text))
      return true;
  return false;
}

bool has_status(const Filter& filter, std::string_view status) {
  return filter.statuses.empty() || std::ranges::find(filter.statuses, status) != filter.statuses.end();
}

/// What the scope may see: its part, and what the caller reported.
Query rows_of(Connection& db, const Scope& scope, std::uint64_t below) {
  const std::int64_t from = below == 0 ? INT64_MAX : static_cast<std::int64_t>(below);
  switch (scope.actor.role) {
    case Role::dispatcher:
    case Role::supervisor: {
      Query query = db.query(COLUMNS
                             "WHERE first_seq < ? AND (hidden = 0 OR reporter = ?) AND erased = 0 ORDER BY "
                             "first_seq DESC");
      query.bind(from).bind(scope.actor.account);
      return query;
    }
    case Role::team: {
      Query query = db.query(COLUMNS
                             "WHERE ((team = ? AND hidden = 0) OR reporter = ?) AND first_seq < ? ORDER BY "
                             "first_seq DESC");
      query.bind(scope.actor.team).bind(scope.actor.account).bind(from);
      return query;
    }
    case Role::station: {
      Query query =
          db.query(COLUMNS "WHERE (station = ? OR reporter = ?) AND first_seq < ? ORDER BY first_seq DESC");
      query.bind(scope.actor.station).bind(scope.actor.account).bind(from);
      return query;
    }
    default: {
      Query query = db.query(COLUMNS "WHERE reporter = ? AND first_seq < ? ORDER BY first_seq DESC");
      query.bind(scope.actor.account).bind(from);
      return query;
    }
  }
}

}  // namespace

std::vector<Item> page(Connection& db, const Scope& scope, const Jurisdictions& tree, const Filter& filter,
                       std::uint64_t below, std::size_t limit, Time now) {
  std::vector<Item> items;
  Query query = rows_of(db, scope, below);
  const bool by_place = scope.actor.role == Role::dispatcher || scope.actor.role == Role::supervisor;
  const Row row{query};
  while (items.size() < limit && query.step()) {
    Item item{.first_seq = row.first_seq(), .json = {}};
    std::optional<protocol::Sighting> own;
    if (row.is_reported_by(scope.actor.account)) {
      own = decode_state(row.state());
      if (sight_of(*own, scope.actor, tree) == protocol::Sight::full) own.reset();
    }
    if (own) {
      if (!row.passes(filter, tree, own->told) || !has_status(filter, name_of(own->told.status))) continue;
      item.json = reporter_view(*own);
    } else {
      if (!row.passes(filter, tree) || !has_status(filter, name_of(row.status()))) continue;
      if (by_place && !tree.within(row.jurisdiction(), scope.actor.jurisdiction)) continue;
      append_staff_view(item.json, row.core(), row.tail(), scope.lens, now);
    }
    if (!filter.text.empty() && !mentions(Json::parse(item.json), filter.text)) continue;
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Waiting> queue(Connection& db, const Scope& scope, const Jurisdictions& tree, Time now) {
  std::vector<Waiting> items;
  Query query = db.query(
      "SELECT core, tail, jurisdiction, status, urgency, due_at, received_at, escalation FROM sightings "
      "WHERE due_at IS NOT NULL ORDER BY due_at");
  while (query.step()) {
    if (!tree.within(query.text(2), scope.actor.jurisdiction)) continue;
    Waiting item;
    item.due_at = query.time(5);
    item.overdue = query.integer(7) > 0 || item.due_at < now;
    if (static_cast<Status>(query.integer(3)) != Status::queued && !item.overdue) continue;
    item.jurisdiction = query.text(2);
    item.urgency = static_cast<protocol::Urgency>(query.integer(4));
    item.received_at = query.time(6);
    append_staff_view(item.json, query.text(0), query.text(1), scope.lens, now);
    items.push_back(std::move(item));
  }
  const auto pressing = [](const Waiting& item) {
    constexpr int most = static_cast<int>(protocol::Urgency::emergency);
    const int urgency = std::min(most, static_cast<int>(item.urgency) + (item.overdue ? 1 : 0));
    return std::tuple{-urgency, !item.overdue, item.due_at};
  };
  std::ranges::sort(items, {}, pressing);
  return items;
}

Figures figures(Connection& db, const Jurisdictions& tree, const std::string& jurisdiction, Time since,
                Time now) {
  Figures result;
  {
    Query query = db.query(
        "SELECT jurisdiction, status, count(*) FROM sightings WHERE ended_at IS NULL GROUP BY jurisdiction, "
        "status");
    while (query.step())
      if (tree.within(query.text(0), jurisdiction))
        result.open[static_cast<Status>(query.integer(1))] += static_cast<int>(query.integer(2));
  }
  {
    Query query = db.query(
        "SELECT jurisdiction FROM sightings WHERE due_at IS NOT NULL AND (due_at < ? OR escalation > 0)");
    query.bind(now);
    while (query.step())
      if (tree.within(query.text(0), jurisdiction)) ++result.overdue;
  }
  {
    Query query = db.query(
        "SELECT jurisdiction, state FROM sightings WHERE ended_at IS NOT NULL AND hidden = 0 AND erased = 0 "
        "AND "
        "ended_at >= ?");
    query.bind(since);
    while (query.step())
      if (tree.within(query.text(0), jurisdiction))
        if (const auto outcome = decode_state(query.text(1)).outcome) ++result.outcomes[*outcome];
  }
  std::vector<double> minutes;
  Query query = db.query(
      "SELECT jurisdiction, received_at, on_scene_at FROM sightings WHERE erased = 0 ORDER BY first_seq "
      "DESC");
  while (query.step() && query.time(1) >= since) {
    if (!tree.within(query.text(0), jurisdiction)) continue;
    ++result.received;
    if (const auto arrived = query.optional_time(2))
      minutes.push_back(static_cast<double>((*arrived - query.time(1)).count()) / 60000.0);
  }
  if (!minutes.empty()) {
    const auto middle = minutes.begin() + static_cast<std::ptrdiff_t>(minutes.size() / 2);
    std::ranges::nth_element(minutes, middle);
    result.median_minutes_to_scene = *middle;
  }
  return result;
}

std::vector<std::pair<Entry, Contents>> chain(Connection& db, const protocol::Sighting& sighting,
                                              std::size_t limit) {
  std::vector<std::pair<Entry, Contents>> entries;
  for (std::uint64_t seq = sighting.last_seq; seq != 0 && entries.size() < limit;) {
    auto found = log::read(db, seq);
    if (!found) break;
    entries.emplace_back(std::move(found->entry), log::read_contents(db, seq));
    seq = found->prev;
  }
  std::ranges::reverse(entries);
  return entries;
}

}  // namespace waystation::storage::lists
