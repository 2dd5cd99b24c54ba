#include "storage/log.hpp"

#include <unordered_set>
#include <utility>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sqlite3.h>

namespace waystation::storage {
namespace {

constexpr int format_version = 1;
constexpr std::size_t salt_size = 16;

struct Digest {
  std::optional<std::string> body;
  std::optional<std::string> caller;
};

template <class V>
void members(V& visit, Digest& d) {
  visit("body", d.body);
  visit("caller", d.caller);
}

/// The entry as it stands in the log.
struct Stored {
  int v = format_version;
  std::uint64_t seq = 0;
  std::string kind;
  Uuid subject;
  std::string name;
  std::optional<Uuid> command, actor;
  protocol::Role by = protocol::Role::server;
  Time at;
  std::optional<Time> device_at;
  std::optional<int> version, told;
  Json decided = Json::object();
  Digest digest;
};

template <class V>
void members(V& visit, Stored& s) {
  visit("v", s.v);
  visit("seq", s.seq);
  visit("kind", s.kind);
  visit("subject", s.subject);
  visit("name", s.name);
  visit("command", s.command);
  visit("actor", s.actor);
  visit("by", s.by);
  visit("at", s.at);
  visit("device_at", s.device_at);
  visit("version", s.version);
  visit("told", s.told);
  visit("decided", s.decided);
  visit("digest", s.digest);
}

std::uint64_t place_of(std::uint64_t seq, std::size_t part) {
  return seq * 2 + part;
}

/// Writes one part and gives its salted digest.
std::string put_part(Connection& db, std::uint64_t place, const std::string& text) {
  std::array<std::uint8_t, salt_size> salt{};
  random_bytes(salt.data(), salt.size());
  const std::string_view salt_view{reinterpret_cast<const char*>(salt.data()), salt.size()};
  db.query("INSERT INTO contents (place, salt, text) VALUES (?, ?, ?)")
      .bind(place)
      .bind_blob(salt_view)
      .bind(text)
      .run();
  return to_hex(sha256(salt_view, text));
}

Stored decode_stored(std::string_view text, std::uint64_t seq) {
  const auto json = protocol::parse_json(text);
  std::vector<protocol::FieldError> faults;
  Stored stored;
  if (!json || !decode(protocol::Reader{*json, "", faults}, stored))
    throw DatabaseError(SQLITE_CORRUPT, "entry " + std::to_string(seq) + " of the log cannot be read");
  if (stored.v != format_version)
    throw DatabaseError(SQLITE_MISMATCH, "entry " + std::to_string(seq) + " has an unknown format");
  return stored;
}

Entry entry_of(Stored stored) {
  return {.seq = stored.seq,
          .kind = std::move(stored.kind),
          .subject = stored.subject,
          .name = std::move(stored.name),
          .command = stored.command,
          .actor = stored.actor,
          .by = stored.by,
          .at = stored.at,
          .device_at = stored.device_at,
          .version = stored.version.value_or(0),
          .told = stored.told.value_or(0),
          .decided = std::move(stored.decided)};
}

}  // namespace

Hash sha256(std::string_view first, std::string_view second) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
  thread_local const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  Hash hash{};
  if (context == nullptr || EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), first.data(), first.size()) != 1 ||
      EVP_DigestUpdate(context.get(), second.data(), second.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  return hash;
}

std::string_view view_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Hash hash_of(std::string_view bytes) {
  if (bytes.size() != Hash{}.size()) throw DatabaseError(SQLITE_CORRUPT, "a hash is not 32 bytes long");
  Hash hash{};
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::string to_hex(const Hash& hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(hash.size() * 2);
  for (std::uint8_t byte : hash) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

void random_bytes(std::uint8_t* to, std::size_t size) {
  if (RAND_bytes(to, static_cast<int>(size)) != 1)
    throw std::runtime_error("the system gives no random bytes");
}

Uuid new_id(Time now) {
  std::array<std::uint8_t, 10> random{};
  random_bytes(random.data(), random.size());
  return protocol::uuid_v7(now, random);
}

DatabaseError damaged(const std::string& pointer) {
  return {SQLITE_CORRUPT, "the database holds what cannot be read: " + pointer};
}

std::optional<Hash> parse_hash(std::string_view text) {
  Hash hash{};
  if (text.size() != hash.size() * 2) return std::nullopt;
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash.at(i) = static_cast<std::uint8_t>(high * 16 + low);
  }
  return hash;
}

Entry entry_of(const protocol::Event& event, int told) {
  return {.seq = event.seq,
          .kind = "sighting",
          .subject = event.sighting,
          .name = std::string{protocol::name_of(event.name)},
          .command = event.command,
          .actor = event.actor,
          .by = event.by,
          .at = event.at,
          .device_at = event.device_at,
          .version = event.version,
          .told = told,
          .decided = protocol::encode(event.decided)};
}

Contents contents_of(const protocol::Event& event) {
  Contents contents;
  protocol::Body body = event.content;
  if (const auto caller = std::exchange(body.caller, std::nullopt)) contents[1] = protocol::to_text(*caller);
  std::string text = protocol::to_text(body);
  if (text != "{}") contents[0] = std::move(text);
  return contents;
}

protocol::Event event_of(const Entry& entry, const Contents& contents) {
  protocol::Event event;
  event.seq = entry.seq;
  event.sighting = entry.subject;
  event.version = entry.version;
  const auto name = protocol::parse_name<protocol::CommandName>(entry.name);
  if (!name) throw DatabaseError(SQLITE_MISMATCH, "the log holds an unknown command: " + entry.name);
  event.name = *name;
  event.command = entry.command;
  event.actor = entry.actor;
  event.by = entry.by;
  event.at = entry.at;
  event.device_at = entry.device_at;
  event.decided = decode_own<protocol::Decided>(entry.decided);
  if (!contents[0].empty()) event.content = decode_own<protocol::Body>(Json::parse(contents[0]));
  if (!contents[1].empty()) event.content.caller = decode_own<protocol::Caller>(Json::parse(contents[1]));
  return event;
}

namespace log {

Head read_head(Connection& db) {
  Query query = db.query("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1");
  if (!query.step()) return {};
  return {.seq = query.place(0), .hash = hash_of(query.text(1))};
}

void append(Connection& db, Head& head, Entry& entry, const Contents& contents, std::uint64_t prev) {
  entry.seq = head.seq + 1;
  Stored stored{.v = format_version,
                .seq = entry.seq,
                .kind = entry.kind,
                .subject = entry.subject,
                .name = entry.name,
                .command = entry.command,
                .actor = entry.actor,
                .by = entry.by,
                .at = entry.at,
                .device_at = entry.device_at,
                .version = entry.version == 0 ? std::nullopt : std::optional{entry.version},
                .told = entry.told == 0 ? std::nullopt : std::optional{entry.told},
                .decided = entry.decided,
                .digest = {}};
  if (!contents[0].empty()) stored.digest.body = put_part(db, place_of(entry.seq, 0), contents[0]);
  if (!contents[1].empty()) stored.digest.caller = put_part(db, place_of(entry.seq, 1), contents[1]);
  const std::string text = protocol::to_text(stored);
  const Hash hash = sha256(view_of(head.hash), text);
  db.query("INSERT INTO events (seq, prev, entry, hash) VALUES (?, ?, ?, ?)")
      .bind(entry.seq)
      .bind(prev)
      .bind(text)
      .bind_blob(view_of(hash))
      .run();
  if (entry.command)
    db.query("INSERT INTO commands (id, seq) VALUES (?, ?)").bind(*entry.command).bind(entry.seq).run();
  head = {.seq = entry.seq, .hash = hash};
}

std::optional<Found> read(Connection& db, std::uint64_t seq) {
  Query query = db.query("SELECT prev, entry, hash FROM events WHERE seq = ?");
  query.bind(seq);
  if (!query.step()) return std::nullopt;
  return Found{.entry = entry_of(decode_stored(query.text(1), seq)),
               .prev = query.place(0),
               .hash = hash_of(query.text(2))};
}

std::uint64_t next_place(Connection& db, std::uint64_t seq) {
  Query query = db.query("SELECT seq FROM events WHERE seq > ? ORDER BY seq LIMIT 1");
  query.bind(seq);
  return query.step() ? query.place(0) : 0;
}

Contents read_contents(Connection& db, std::uint64_t seq) {
  Contents contents;
  for (std::size_t part = 0; part < contents.size(); ++part) {
    Query query = db.query("SELECT text FROM contents WHERE place = ?");
    query.bind(place_of(seq, part));
    if (query.step()) contents.at(part) = query.text(0);
  }
  return contents;
}

std::optional<std::uint64_t> place_of_command(Connection& db, const Uuid& command) {
  Query query = db.query("SELECT seq FROM commands WHERE id = ?");
  query.bind(command);
  if (!query.step()) return std::nullopt;
  return query.place(0);
}

void erase_contents(Connection& db, std::uint64_t seq) {
  db.query("DELETE FROM contents WHERE place IN (?, ?)").bind(place_of(seq, 0)).bind(place_of(seq, 1)).run();
}

void erase_caller(Connection& db, std::uint64_t seq) {
  db.query("DELETE FROM contents WHERE place = ?").bind(place_of(seq, 1)).run();
}

std::expected<std::uint64_t, std::string> verify(Connection& db) {
  // Contents may be missing where an erasure says so, and callers' numbers where the sighting has ended.
  // Those entries come later, so what is missing is remembered until the end.
  std::unordered_map<Uuid, std::uint64_t> missing_body;
  std::unordered_map<Uuid, std::uint64_t> missing_caller;
  Hash previous{};
  std::uint64_t expected = 0;
  std::uint64_t count = 0;
  Query query = db.query(
      "SELECT e.seq, e.entry, e.hash, a.salt, a.text, b.salt, b.text FROM events e "
      "LEFT JOIN contents a ON a.place = e.seq * 2 LEFT JOIN contents b ON b.place = e.seq * 2 + 1 ORDER BY "
      "e.seq");
  while (query.step()) {
    const std::uint64_t seq = query.place(0);
    const auto fails = [&](const char* why) {
      return std::unexpected("entry " + std::to_string(seq) + " does not hold: " + why);
    };
    Stored stored;
    try {
      stored = decode_stored(query.text(1), seq);
    } catch (const DatabaseError&) {
      return fails("it cannot be read");
    }
    const bool gap_allowed = stored.kind == "restore";
    if (stored.seq != seq || (seq != expected + 1 && !gap_allowed)) return fails("it is not at its place");
    const Hash hash = sha256(view_of(previous), query.text(1));
    if (query.text(2) != view_of(hash)) return fails("the chain's hash differs");
    const auto part_holds = [&](int column, const std::optional<std::string>& digest) {
      if (query.is_null(column)) return true;
      return digest && to_hex(sha256(query.text(column), query.text(column + 1))) == *digest;
    };
    if (!part_holds(3, stored.digest.body) || !part_holds(5, stored.digest.caller))
      return fails("its content differs from its digest");
    if (stored.digest.body && query.is_null(3)) missing_body.try_emplace(stored.subject, seq);
    if (stored.digest.caller && query.is_null(5)) missing_caller.try_emplace(stored.subject, seq);
    if (stored.kind == "erasure") {
      missing_body.erase(stored.subject);
      missing_caller.erase(stored.subject);
    }
    if (const auto status = stored.decided.find("status"); stored.kind == "sighting" &&
                                                           status != stored.decided.end() &&
                                                           (*status == "closed" || *status == "confirmed"))
      missing_caller.erase(stored.subject);
    previous = hash;
    expected = seq;
    ++count;
  }
  std::uint64_t first = UINT64_MAX;
  for (const auto* missing : {&missing_body, &missing_caller})
    for (const auto& [subject, seq] : *missing)
      first = std::min(first, seq);
  if (first != UINT64_MAX)
    return std::unexpected("entry " + std::to_string(first) +
                           " does not hold: its content is missing and no erasure says why");
  return count;
}

}  // namespace log
}  // namespace waystation::storage
