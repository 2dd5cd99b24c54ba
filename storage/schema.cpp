#include "storage/schema.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <sqlite3.h>

namespace waystation::storage {
namespace {

struct Step {
  const char* sql;
  /// The views mean something else, or more, after it: they are made anew from the log.
  bool rebuilds = false;
};

// Step n brings version n to n + 1. A step that has landed is never changed.
constexpr auto steps = std::to_array<Step>({
    {.sql = R"sql(
-- The truth. `prev` is the place of the same subject's entry before (0: none): a chain without an index.
CREATE TABLE events (seq INTEGER PRIMARY KEY, prev INTEGER NOT NULL, entry TEXT NOT NULL, hash BLOB NOT NULL);
-- What can be erased. place = seq * 2 + part (1: the caller's number, erased when the sighting ends).
CREATE TABLE contents (place INTEGER PRIMARY KEY, salt BLOB NOT NULL, text TEXT NOT NULL);
CREATE TABLE commands (id BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Views: built from the log alone.
CREATE TABLE departures (audience TEXT NOT NULL, seq INTEGER NOT NULL, sighting BLOB NOT NULL,
                         PRIMARY KEY (audience, seq, sighting)) WITHOUT ROWID;
CREATE TABLE sightings (
  first_seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, last_seq INTEGER NOT NULL, told_seq INTEGER NOT NULL,
  reporter BLOB, team BLOB, station BLOB, case_id BLOB, jurisdiction TEXT NOT NULL, status INTEGER NOT NULL,
  category INTEGER NOT NULL, urgency INTEGER NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL,
  received_at INTEGER NOT NULL, ended_at INTEGER, on_scene_at INTEGER, due_at INTEGER, step_at INTEGER, escalation INTEGER NOT NULL,
  hidden INTEGER NOT NULL, erased INTEGER NOT NULL, event TEXT NOT NULL,
  core TEXT NOT NULL, tail TEXT NOT NULL, state TEXT NOT NULL);
CREATE UNIQUE INDEX sightings_by_change ON sightings (last_seq);
CREATE INDEX sightings_by_reporter ON sightings (reporter, told_seq) WHERE reporter IS NOT NULL;
CREATE INDEX sightings_by_team ON sightings (team, last_seq) WHERE team IS NOT NULL;
CREATE INDEX sightings_by_station ON sightings (station, last_seq) WHERE station IS NOT NULL;
CREATE INDEX sightings_by_case ON sightings (case_id) WHERE case_id IS NOT NULL;
-- What waits for a team, and what has a step up the tree before it.
CREATE INDEX sightings_by_due ON sightings (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sightings_by_step ON sightings (step_at) WHERE step_at IS NOT NULL;
CREATE INDEX sightings_open ON sightings (jurisdiction, status) WHERE ended_at IS NULL;
CREATE INDEX sightings_by_end ON sightings (ended_at) WHERE ended_at IS NOT NULL AND hidden = 0 AND erased = 0;
CREATE TABLE accounts (
  id BLOB PRIMARY KEY, username TEXT UNIQUE, role INTEGER NOT NULL, kind INTEGER, display_name TEXT NOT NULL,
  jurisdiction TEXT, team BLOB, station BLOB, password TEXT, disabled INTEGER NOT NULL, created_at INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE devices (
  id BLOB PRIMARY KEY, account BLOB NOT NULL, name TEXT NOT NULL, token BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL, revoked_at INTEGER, expires_at INTEGER) WITHOUT ROWID;
CREATE INDEX devices_by_account ON devices (account);
CREATE TABLE invites (
  id BLOB PRIMARY KEY, hash BLOB NOT NULL UNIQUE, role INTEGER NOT NULL, kind INTEGER, jurisdiction TEXT, team BLOB,
  account BLOB, expires_at INTEGER NOT NULL, used_at INTEGER) WITHOUT ROWID;
CREATE TABLE teams (id BLOB PRIMARY KEY, name TEXT NOT NULL, jurisdiction TEXT NOT NULL, phone TEXT) WITHOUT ROWID;
CREATE TABLE stations (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, jurisdiction TEXT NOT NULL, phone TEXT, address TEXT, lat REAL, lon REAL,
  free INTEGER, free_at INTEGER) WITHOUT ROWID;
CREATE TABLE points (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL, address TEXT, phone TEXT,
  hours TEXT) WITHOUT ROWID;
CREATE TABLE jurisdictions (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, geojson TEXT NOT NULL);
)sql"},
    {.sql = R"sql(
-- Views: who named which photo where, and which sightings hold which. A photo attaches once its sender named it.
CREATE TABLE photo_names (photo BLOB NOT NULL, account BLOB NOT NULL, sighting BLOB NOT NULL,
                          PRIMARY KEY (photo, account, sighting)) WITHOUT ROWID;
CREATE INDEX photo_names_by_sighting ON photo_names (sighting);
CREATE TABLE photos (
  photo BLOB NOT NULL, sighting BLOB NOT NULL, account BLOB NOT NULL, seq INTEGER NOT NULL, sha256 BLOB NOT NULL,
  media_type TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (photo, sighting)) WITHOUT ROWID;
CREATE INDEX photos_by_sighting ON photos (sighting);
CREATE INDEX photos_by_content ON photos (sha256);
-- Working data beside the log: uploads under way, and whole ones (with a SHA-256) until they lapse.
CREATE TABLE uploads (
  id BLOB PRIMARY KEY, account BLOB NOT NULL, device BLOB NOT NULL, photo BLOB NOT NULL, length INTEGER NOT NULL,
  metadata TEXT NOT NULL, taken_at INTEGER, expires_at INTEGER NOT NULL, sha256 BLOB, media_type TEXT, width INTEGER,
  height INTEGER, camera_at INTEGER, camera_lat REAL, camera_lon REAL, lapsed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX uploads_by_photo ON uploads (photo);
CREATE INDEX uploads_by_device ON uploads (device, length) WHERE sha256 IS NULL AND lapsed = 0;
CREATE INDEX uploads_by_expiry ON uploads (expires_at);
CREATE INDEX uploads_by_content ON uploads (sha256) WHERE sha256 IS NOT NULL;
)sql",
     .rebuilds = true},
    {.sql = R"sql(
-- What an administrator makes works once a supervisor has confirmed it. What was there before works.
ALTER TABLE accounts ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN made_by BLOB;
ALTER TABLE accounts ADD COLUMN made_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN confirmed_by BLOB;
ALTER TABLE accounts ADD COLUMN confirmed_at INTEGER;
UPDATE accounts SET made_at = created_at;
)sql"},
});

constexpr std::array views{"departures", "sightings", "accounts",      "devices",  "invites",     "teams",
                           "stations",   "points",    "jurisdictions", "commands", "photo_names", "photos"};

}  // namespace

void migrate(Connection& db, const std::function<void(std::size_t)>& before, std::size_t upto) {
  std::size_t version = 0;
  {
    Query query = db.query("PRAGMA user_version");
    query.step();
    version = static_cast<std::size_t>(query.integer(0));
  }
  if (version > steps.size())
    throw DatabaseError(SQLITE_MISMATCH, "the database is of a newer version (" + std::to_string(version) +
                                             ") than this program knows (" + std::to_string(steps.size()) +
                                             ")");
  const bool holds_something = version > 0;
  if (before && holds_something && version < steps.size()) before(steps.size());
  for (; version < std::min(upto, steps.size()); ++version) {
    const Step& step = steps.at(version);
    db.execute("BEGIN IMMEDIATE");
    try {
      db.execute(step.sql);
      if (step.rebuilds && holds_something)
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('rebuild', 1)");
      db.execute("PRAGMA user_version=" + std::to_string(version + 1));
      db.execute("COMMIT");
    } catch (...) {
      db.execute("ROLLBACK");
      throw;
    }
  }
}

bool rebuild_owed(Connection& db) {
  return db.query("SELECT 1 FROM meta WHERE key = 'rebuild'").step();
}

void rebuild_done(Connection& db) {
  db.execute("DELETE FROM meta WHERE key = 'rebuild'");
}

void drop_views(Connection& db) {
  for (const char* view : views)
    db.execute("DELETE FROM " + std::string{view});
}

}  // namespace waystation::storage
