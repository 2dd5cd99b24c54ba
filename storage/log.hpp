#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/event.hpp"
#include "storage/sqlite.hpp"

namespace waystation::storage {

using protocol::Json;
using protocol::Time;
using protocol::Uuid;

using Hash = std::array<std::uint8_t, 32>;

/// SHA-256 of two pieces, one after the other.
Hash sha256(std::string_view first, std::string_view second = {});
std::string to_hex(const Hash& hash);
/// A hash as bytes to be bound, and back; throws DatabaseError where they are not 32.
std::string_view view_of(const Hash& hash);
Hash hash_of(std::string_view bytes);
/// Random bytes for salts, ids and tokens; throws where the system has none.
void random_bytes(std::uint8_t* to, std::size_t size);
/// A new UUIDv7 of now.
Uuid new_id(Time now);

/// One entry of the log, without what can be erased. Format version 1.
struct Entry {
  std::uint64_t seq = 0;
  /// The subject: what kind of thing the entry is about, and which.
  std::string kind;
  Uuid subject;
  std::string name;
  std::optional<Uuid> command;
  std::optional<Uuid> actor;
  protocol::Role by = protocol::Role::server;
  Time at;
  std::optional<Time> device_at;
  /// For sightings: the version this entry made, and the version of the reporter's view after it.
  int version = 0;
  int told = 0;
  Json decided = Json::object();
};

/// What can be erased of an entry: part 0, and the caller's number (part 1) apart. Empty texts are no part.
using Contents = std::array<std::string, 2>;

/// The head of the log: the last place and the chain's hash there.
struct Head {
  std::uint64_t seq = 0;
  Hash hash{};
};

/// The error of a log or a view that cannot be read, at that place of its JSON.
DatabaseError damaged(const std::string& pointer);
/// 64 lower-case hexadecimal digits; nothing for another text.
std::optional<Hash> parse_hash(std::string_view text);

/// The entry a sighting's event makes, and back. `told` is the reporter's version after it.
Entry entry_of(const protocol::Event& event, int told);
Contents contents_of(const protocol::Event& event);
protocol::Event event_of(const Entry& entry, const Contents& contents);

/// Reads what the log itself wrote; throws DatabaseError where that is damaged.
template <class T>
T decode_own(const Json& json) {
  std::vector<protocol::FieldError> faults;
  T value{};
  if (!decode(protocol::Reader{json, "", faults}, value)) throw damaged(faults.front().pointer);
  return value;
}

/// The append-only log in one database. Not thread-safe; writing belongs to the writer's connection.
namespace log {

/// The newest entry's place and hash, or zeros.
Head read_head(Connection& db);

/// Appends after `head`, which moves on. `prev` is the same subject's entry before (0: none).
void append(Connection& db, Head& head, Entry& entry, const Contents& contents, std::uint64_t prev);

struct Found {
  Entry entry;
  std::uint64_t prev = 0;
  Hash hash{};
};
std::optional<Found> read(Connection& db, std::uint64_t seq);
/// The place of the first entry after `seq` (0: none): a restore leaves a gap.
std::uint64_t next_place(Connection& db, std::uint64_t seq);
/// What is still there of an entry's contents.
Contents read_contents(Connection& db, std::uint64_t seq);
/// The place of the entry a command made.
std::optional<std::uint64_t> place_of_command(Connection& db, const Uuid& command);

/// Removes the contents of an entry (every part, or the caller's number alone).
void erase_contents(Connection& db, std::uint64_t seq);
void erase_caller(Connection& db, std::uint64_t seq);

/// The first entry that does not hold, in words; else the number of entries read.
std::expected<std::uint64_t, std::string> verify(Connection& db);

}  // namespace log
}  // namespace waystation::storage
