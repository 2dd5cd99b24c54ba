#include "storage/sqlite.hpp"

#include <cstring>

#include <sqlite3.h>

namespace waystation::storage {
namespace {

[[noreturn]] void raise(sqlite3* db, int code, const char* doing) {
  throw DatabaseError(
      code, std::string{doing} + ": " + (db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code)));
}

void check(sqlite3_stmt* statement, int code, const char* doing) {
  if (code != SQLITE_OK) raise(sqlite3_db_handle(statement), code, doing);
}

}  // namespace

bool DatabaseError::disk_full() const {
  return code() == SQLITE_FULL;
}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::int64_t value) {
  check(statement_, sqlite3_bind_int64(statement_, next_++, value), "bind");
  return *this;
}

Query& Query::bind(double value) {
  check(statement_, sqlite3_bind_double(statement_, next_++, value), "bind");
  return *this;
}

Query& Query::bind(std::string_view text) {
  check(statement_,
        sqlite3_bind_text64(statement_, next_++, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8),
        "bind");
  return *this;
}

Query& Query::bind(const protocol::Uuid& id) {
  return bind_blob({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

Query& Query::bind_blob(std::string_view bytes) {
  check(statement_, sqlite3_bind_blob64(statement_, next_++, bytes.data(), bytes.size(), SQLITE_STATIC),
        "bind");
  return *this;
}

Query& Query::bind_null() {
  check(statement_, sqlite3_bind_null(statement_, next_++), "bind");
  return *this;
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  raise(sqlite3_db_handle(statement_), code, sqlite3_sql(statement_));
}

void Query::run() {
  while (step()) {
  }
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Query::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string_view Query::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

protocol::Uuid Query::id(int column) const {
  protocol::Uuid id;
  const std::string_view bytes = text(column);
  if (bytes.size() != id.bytes.size()) throw DatabaseError(SQLITE_CORRUPT, "an id is not 16 bytes long");
  std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return id;
}

std::optional<protocol::Uuid> Query::optional_id(int column) const {
  return is_null(column) ? std::nullopt : std::optional{id(column)};
}

protocol::Time Query::time(int column) const {
  return protocol::Time{std::chrono::milliseconds{integer(column)}};
}

std::optional<protocol::Time> Query::optional_time(int column) const {
  return is_null(column) ? std::nullopt : std::optional{time(column)};
}

std::optional<std::string> Query::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional{std::string{text(column)}};
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Connection::Connection(const std::filesystem::path& file, Mode mode) {
  const int flags = mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code =
      sqlite3_open_v2(file.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  try {
    if (code != SQLITE_OK) raise(db_, code, "open the database");
    sqlite3_busy_timeout(db_, 5000);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    if (mode == Mode::write) {
      execute("PRAGMA journal_mode=WAL");
      execute("PRAGMA synchronous=FULL");
      // The log is emptied by storage/checkpointer, beside the writer; by whoever closes the database last,
      // too.
      execute("PRAGMA wal_autocheckpoint=0");
      execute("PRAGMA journal_size_limit=67108864");
    }
    execute("PRAGMA temp_store=MEMORY");
    execute("PRAGMA cache_size=-8192");
    execute("PRAGMA secure_delete=FAST");
    execute("PRAGMA foreign_keys=OFF");
  } catch (...) {
    sqlite3_close(db_);
    throw;
  }
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(db_);
}

Query Connection::query(const char* sql) {
  auto& statement = statements_[sql];
  if (!statement) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) raise(db_, code, sql);
    statement.reset(prepared);
  }
  return Query{statement.get()};
}

void Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(db_, code, sql.c_str());
}

void Connection::interrupt() {
  sqlite3_interrupt(db_);
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(db_);
}

}  // namespace waystation::storage
