#include "storage/views.hpp"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

#include "storage/photos.hpp"
#include "storage/schema.hpp"

namespace waystation::storage {

using protocol::Event;
using protocol::Jurisdictions;
using protocol::Sighting;

std::optional<Stored> StateCache::find(const Uuid& id) {
  if (const auto found = young_.find(id); found != young_.end()) return found->second;
  const auto found = old_.find(id);
  if (found == old_.end()) return std::nullopt;
  Stored stored = found->second;
  put(id, stored);
  return stored;
}

void StateCache::put(const Uuid& id, Stored stored) {
  if (young_.size() >= generation) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_.insert_or_assign(id, std::move(stored));
}

void StateCache::clear() {
  young_.clear();
  old_.clear();
}

std::optional<Stored> Views::sighting(const Uuid& id) {
  if (auto cached = cache_.find(id)) return cached;
  auto stored = sightings::find(db_, id);
  if (stored) cache_.put(id, *stored);
  return stored;
}

Sighting Views::preview(const Event& event) {
  const auto before = sighting(event.sighting);
  const bool known = before && before->sighting;
  Sighting after = known ? *before->sighting : Sighting{};
  evolve(after, event);
  if (!known) after.code = protocol::code_of(key_, event.seq);
  return after;
}

Published Views::apply(const Event& event, Sighting after, const Jurisdictions& tree) {
  const auto before = sighting(event.sighting);
  const SightingPtr old = before ? before->sighting : nullptr;
  sightings::put(db_, old.get(), after, event, tree);
  photos::apply(db_, event);
  const auto ptr = std::make_shared<const Sighting>(std::move(after));
  cache_.put(event.sighting, {.sighting = ptr, .erased = false});

  Published published{.seq = event.seq,
                      .id = event.sighting,
                      .after = ptr,
                      .audiences = audiences_of(*ptr, tree),
                      .left = {},
                      .event = sightings::describe(event),
                      .told = !old || old->told.version != ptr->told.version};
  if (old) {
    for (auto& audience : audiences_of(*old, tree))
      if (std::ranges::find(published.audiences, audience) == published.audiences.end())
        published.left.push_back(std::move(audience));
    // The caller's number serves the visit alone.
    if (old->caller && !is_open(ptr->status))
      for (std::uint64_t seq = ptr->last_seq; seq != 0;) {
        log::erase_caller(db_, seq);
        const auto found = log::read(db_, seq);
        seq = found ? found->prev : 0;
      }
  }
  return published;
}

Published Views::hide(const Uuid& id, std::uint64_t seq, const Jurisdictions& tree) {
  const auto stored = sighting(id);
  Published published{
      .seq = seq, .id = id, .after = nullptr, .audiences = {}, .left = {}, .event = {}, .told = false};
  if (!stored || !stored->sighting) return published;
  sightings::hide(db_, *stored->sighting, seq, tree);
  Sighting hidden = *stored->sighting;
  hidden.hidden = true;
  published.audiences = audiences_of(hidden, tree);
  for (auto& audience : audiences_of(*stored->sighting, tree))
    if (std::ranges::find(published.audiences, audience) == published.audiences.end())
      published.left.push_back(std::move(audience));
  published.after = std::make_shared<const Sighting>(std::move(hidden));
  cache_.put(id, {.sighting = published.after, .erased = false});
  return published;
}

Published Views::erase(const Uuid& id, std::uint64_t seq, const Jurisdictions& tree,
                       std::vector<Hash>& discarded) {
  const auto stored = sighting(id);
  Published published{
      .seq = seq, .id = id, .after = nullptr, .audiences = {}, .left = {}, .event = {}, .told = false};
  if (!stored) {
    sightings::put_erased(db_, id, seq);
    cache_.put(id, {.sighting = nullptr, .erased = true});
  }
  if (!stored || !stored->sighting) return published;
  published.left = audiences_of(*stored->sighting, tree);
  sightings::erase(db_, *stored->sighting, seq, tree);
  for (const Hash& photo : photos::erase(db_, id))
    discarded.push_back(photo);
  for (std::uint64_t at = stored->sighting->last_seq; at != 0;) {
    log::erase_contents(db_, at);
    const auto found = log::read(db_, at);
    at = found ? found->prev : 0;
  }
  cache_.put(id, {.sighting = nullptr, .erased = true});
  return published;
}

void rebuild(Connection& db, protocol::CodeKey key) {
  db.execute("BEGIN IMMEDIATE");
  try {
    drop_views(db);
    Views views{db, key};
    auto tree = people::jurisdictions(db);
    for (std::uint64_t seq = log::next_place(db, 0); seq != 0; seq = log::next_place(db, seq)) {
      const auto found = log::read(db, seq);
      if (!found) continue;
      const Entry& entry = found->entry;
      if (entry.command)
        db.query("INSERT INTO commands (id, seq) VALUES (?, ?)").bind(*entry.command).bind(seq).run();
      if (entry.kind == "sighting") {
        const Event event = event_of(entry, log::read_contents(db, seq));
        views.apply(event, views.preview(event), tree);
      } else if (entry.kind == "retention") {
        for (const auto& id : entry.decided.at("sightings")) {
          const auto parsed = protocol::parse_uuid(id.get_ref<const std::string&>());
          if (parsed) views.hide(*parsed, seq, tree);
        }
      } else if (entry.kind == "erasure") {
        std::vector<Hash> discarded;  // their files went when the entry was made
        views.erase(entry.subject, seq, tree, discarded);
      } else if (people::apply(db, entry, log::read_contents(db, seq)) && entry.kind == "jurisdictions") {
        tree = people::jurisdictions(db);
      }
    }
    rebuild_done(db);
    db.execute("COMMIT");
  } catch (...) {
    db.execute("ROLLBACK");
    throw;
  }
}

}  // namespace waystation::storage
