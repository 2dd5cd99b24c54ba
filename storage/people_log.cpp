#include <utility>

#include <sqlite3.h>

#include "storage/people.hpp"

namespace waystation::storage {

using protocol::Json;

template <class V>
static void members(V& visit, Place& p) {
  visit("lat", p.lat);
  visit("lon", p.lon);
}

namespace people {
namespace {

/// The lasting part of each of these entries, and the part that could be erased. Every kind uses some
/// members.
struct Lasting {
  std::optional<protocol::Role> role;
  std::optional<protocol::ReporterKind> kind;
  std::optional<std::string> jurisdiction;
  std::optional<Uuid> team, station, account;
  std::optional<Time> expires_at;
  std::optional<int> free;
  bool pending = false;
};

struct Erasable {
  std::optional<std::string> username, display_name, password, name, token, phone, address, hours;
  std::optional<Place> position;
};

template <class V>
void members(V& visit, Lasting& l) {
  visit("role", l.role);
  visit("kind", l.kind);
  visit("jurisdiction", l.jurisdiction);
  visit("team", l.team);
  visit("station", l.station);
  visit("account", l.account);
  visit("expires_at", l.expires_at);
  visit("free", l.free);
  visit("pending", l.pending);
}

template <class V>
void members(V& visit, Erasable& e) {
  visit("username", e.username);
  visit("display_name", e.display_name);
  visit("password", e.password);
  visit("name", e.name);
  visit("token", e.token);
  visit("phone", e.phone);
  visit("address", e.address);
  visit("hours", e.hours);
  visit("position", e.position);
}

Draft draft(const char* kind, const Uuid& subject, const char* name, const Lasting& lasting,
            const Erasable& erasable) {
  Draft made;
  made.entry.kind = kind;
  made.entry.subject = subject;
  made.entry.name = name;
  made.entry.decided = protocol::encode(lasting);
  const Json content = protocol::encode(erasable);
  if (!content.empty()) made.contents[0] = content.dump();
  return made;
}

Hash unhex(std::string_view text) {
  const auto hash = parse_hash(text);
  if (!hash) throw DatabaseError(SQLITE_CORRUPT, "the log holds a broken hash");
  return *hash;
}

template <class E>
std::optional<std::int64_t> number_of(const std::optional<E>& value) {
  return value ? std::optional{static_cast<std::int64_t>(*value)} : std::nullopt;
}

std::optional<double> lat_of(const std::optional<Place>& place) {
  return place ? std::optional{place->lat} : std::nullopt;
}

std::optional<double> lon_of(const std::optional<Place>& place) {
  return place ? std::optional{place->lon} : std::nullopt;
}

void apply_account(Connection& db, const Entry& entry, const Lasting& lasting, const Erasable& erasable) {
  if (entry.name == "create") {
    const std::string name = erasable.display_name.value_or("");
    db.query(
          "INSERT INTO accounts (id, username, role, kind, display_name, jurisdiction, team, station, "
          "password, disabled, pending, made_by, made_at, created_at) VALUES (?,?,?,?,?,?,?,?,?,0,?,?,?,?)")
        .bind(entry.subject)
        .bind(erasable.username)
        .bind(number_of(lasting.role).value_or(0))
        .bind(number_of(lasting.kind))
        .bind(name)
        .bind(lasting.jurisdiction)
        .bind(lasting.team)
        .bind(lasting.station)
        .bind(erasable.password)
        .bind(std::int64_t{lasting.pending})
        .bind(entry.actor)
        .bind(entry.at)
        .bind(entry.at)
        .run();
  } else if (entry.name == "password") {
    db.query(
          "UPDATE accounts SET password = ?, pending = ?, made_by = ?, made_at = ?, "
          "confirmed_by = NULL, confirmed_at = NULL WHERE id = ?")
        .bind(erasable.password)
        .bind(std::int64_t{lasting.pending})
        .bind(entry.actor)
        .bind(entry.at)
        .bind(entry.subject)
        .run();
  } else if (entry.name == "confirm") {
    db.query("UPDATE accounts SET pending = 0, confirmed_by = ?, confirmed_at = ? WHERE id = ?")
        .bind(entry.actor)
        .bind(entry.at)
        .bind(entry.subject)
        .run();
  } else if (entry.name == "disable") {
    db.query("UPDATE accounts SET disabled = 1 WHERE id = ?").bind(entry.subject).run();
    db.query("UPDATE devices SET revoked_at = ? WHERE account = ? AND revoked_at IS NULL")
        .bind(entry.at)
        .bind(entry.subject)
        .run();
  }
}

void apply_device(Connection& db, const Entry& entry, const Lasting& lasting, const Erasable& erasable) {
  if (entry.name == "create") {
    const Hash token = unhex(erasable.token.value_or(""));
    const std::string name = erasable.name.value_or("");
    db.query("INSERT INTO devices (id, account, name, token, created_at, expires_at) VALUES (?,?,?,?,?,?)")
        .bind(entry.subject)
        .bind(lasting.account)
        .bind(name)
        .bind_blob(view_of(token))
        .bind(entry.at)
        .bind(lasting.expires_at)
        .run();
  } else if (entry.name == "revoke") {
    db.query("UPDATE devices SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
        .bind(entry.at)
        .bind(entry.subject)
        .run();
  }
}

void apply_invite(Connection& db, const Entry& entry, const Lasting& lasting, const Erasable& erasable) {
  if (entry.name == "create") {
    const Hash hash = unhex(erasable.token.value_or(""));
    db.query(
          "INSERT INTO invites (id, hash, role, kind, jurisdiction, team, account, expires_at) "
          "VALUES (?,?,?,?,?,?,?,?)")
        .bind(entry.subject)
        .bind_blob(view_of(hash))
        .bind(number_of(lasting.role).value_or(0))
        .bind(number_of(lasting.kind))
        .bind(lasting.jurisdiction)
        .bind(lasting.team)
        .bind(lasting.account)
        .bind(lasting.expires_at)
        .run();
  } else if (entry.name == "use") {
    db.query("UPDATE invites SET used_at = ? WHERE id = ?").bind(entry.at).bind(entry.subject).run();
  }
}

void apply_station(Connection& db, const Entry& entry, const Lasting& lasting, const Erasable& erasable) {
  if (entry.name == "create") {
    db.query("INSERT INTO stations (id, name, jurisdiction, phone, address, lat, lon) VALUES (?,?,?,?,?,?,?)")
        .bind(entry.subject)
        .bind(erasable.name)
        .bind(lasting.jurisdiction)
        .bind(erasable.phone)
        .bind(erasable.address)
        .bind(lat_of(erasable.position))
        .bind(lon_of(erasable.position))
        .run();
  } else if (entry.name == "places") {
    db.query("UPDATE stations SET free = ?, free_at = ? WHERE id = ?")
        .bind(number_of(lasting.free))
        .bind(entry.at)
        .bind(entry.subject)
        .run();
  }
}

}  // namespace

Draft create(const Account& account) {
  Lasting lasting;
  lasting.role = account.role;
  lasting.kind = account.kind;
  lasting.jurisdiction = account.jurisdiction;
  lasting.team = account.team;
  lasting.station = account.station;
  lasting.pending = account.pending;
  Erasable erasable;
  erasable.username = account.username;
  erasable.display_name = account.display_name;
  erasable.password = account.password;
  return draft("account", account.id, "create", lasting, erasable);
}

Draft create(const Device& device) {
  Lasting lasting;
  lasting.account = device.account;
  lasting.expires_at = device.expires_at;
  Erasable erasable;
  erasable.name = device.name;
  erasable.token = to_hex(device.token);
  return draft("device", device.id, "create", lasting, erasable);
}

Draft create(const Invite& invite) {
  Lasting lasting;
  lasting.role = invite.role;
  lasting.kind = invite.kind;
  lasting.jurisdiction = invite.jurisdiction;
  lasting.team = invite.team;
  lasting.account = invite.account;
  lasting.expires_at = invite.expires_at;
  Erasable erasable;
  erasable.token = to_hex(invite.hash);
  return draft("invite", invite.id, "create", lasting, erasable);
}

Draft create(const Team& team) {
  Lasting lasting;
  lasting.jurisdiction = team.jurisdiction;
  Erasable erasable;
  erasable.name = team.name;
  erasable.phone = team.phone;
  return draft("team", team.id, "create", lasting, erasable);
}

Draft create(const Station& station) {
  Lasting lasting;
  lasting.jurisdiction = station.jurisdiction;
  Erasable erasable;
  erasable.name = station.name;
  erasable.phone = station.phone;
  erasable.address = station.address;
  erasable.position = station.position;
  return draft("station", station.id, "create", lasting, erasable);
}

Draft create(const Point& point) {
  Erasable erasable;
  erasable.name = point.name;
  erasable.position = point.position;
  erasable.address = point.address;
  erasable.phone = point.phone;
  erasable.hours = point.hours;
  return draft("point", point.id, "create", {}, erasable);
}

Draft import_jurisdictions(const protocol::Jurisdictions& tree) {
  Draft made = draft("jurisdictions", {}, "import", {}, {});
  made.contents[0] = tree.to_geojson().dump();
  return made;
}

Draft change_password(const Uuid& account, const std::string& password, bool pending) {
  Lasting lasting;
  lasting.pending = pending;
  Erasable erasable;
  erasable.password = password;
  return draft("account", account, "password", lasting, erasable);
}

Draft confirm(const Uuid& account) {
  return draft("account", account, "confirm", {}, {});
}

Draft disable(const Uuid& account) {
  return draft("account", account, "disable", {}, {});
}

Draft revoke(const Uuid& device) {
  return draft("device", device, "revoke", {}, {});
}

Draft use_invite(const Uuid& invite) {
  return draft("invite", invite, "use", {}, {});
}

Draft set_places(const Uuid& station, int free) {
  Lasting lasting;
  lasting.free = free;
  return draft("station", station, "places", lasting, {});
}

bool apply(Connection& db, const Entry& entry, const Contents& contents) {
  if (entry.kind == "jurisdictions") {
    db.query("INSERT OR REPLACE INTO jurisdictions (one, seq, geojson) VALUES (1, ?, ?)")
        .bind(entry.seq)
        .bind(contents[0])
        .run();
    return true;
  }
  const auto lasting = [&] { return decode_own<Lasting>(entry.decided); };
  const auto erasable = [&] {
    return contents[0].empty() ? Erasable{} : decode_own<Erasable>(Json::parse(contents[0]));
  };
  if (entry.kind == "account") {
    apply_account(db, entry, lasting(), erasable());
  } else if (entry.kind == "device") {
    apply_device(db, entry, lasting(), erasable());
  } else if (entry.kind == "invite") {
    apply_invite(db, entry, lasting(), erasable());
  } else if (entry.kind == "team") {
    const Lasting what = lasting();
    const Erasable texts = erasable();
    db.query("INSERT INTO teams (id, name, jurisdiction, phone) VALUES (?,?,?,?)")
        .bind(entry.subject)
        .bind(texts.name)
        .bind(what.jurisdiction)
        .bind(texts.phone)
        .run();
  } else if (entry.kind == "station") {
    apply_station(db, entry, lasting(), erasable());
  } else if (entry.kind == "point") {
    const Erasable texts = erasable();
    db.query("INSERT INTO points (id, name, lat, lon, address, phone, hours) VALUES (?,?,?,?,?,?,?)")
        .bind(entry.subject)
        .bind(texts.name)
        .bind(lat_of(texts.position))
        .bind(lon_of(texts.position))
        .bind(texts.address)
        .bind(texts.phone)
        .bind(texts.hours)
        .run();
  } else {
    return false;
  }
  return true;
}

}  // namespace people
}  // namespace waystation::storage
