#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/time.hpp"
#include "protocol/uuid.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace waystation::storage {

/// SQLite could not do what it was asked: disk full, I/O, corruption, a lock held by another program.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
  /// SQLite's primary result code.
  int code() const { return code_ & 0xff; }
  bool disk_full() const;

 private:
  int code_;
};

/// One run of a prepared statement; resets it and clears its bindings when it goes.
class Query {
 public:
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
  Query(const Query&) = delete;
  Query(Query&& other) noexcept : statement_(other.statement_), next_(other.next_) {
    other.statement_ = nullptr;
  }
  Query& operator=(const Query&) = delete;
  Query& operator=(Query&&) = delete;
  ~Query();

  /// Bind the next parameter, from the left. Texts and blobs are not copied: they must outlive the run.
  Query& bind(std::int64_t value);
  Query& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
  Query& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
  Query& bind(double value);
  Query& bind(std::string_view text);
  Query& bind(const char* text) { return bind(std::string_view{text}); }
  Query& bind(const std::string& text) { return bind(std::string_view{text}); }
  Query& bind(const protocol::Uuid& id);
  Query& bind(protocol::Time time) { return bind(time.time_since_epoch().count()); }
  Query& bind(bool) = delete;
  Query& bind_blob(std::string_view bytes);
  Query& bind_null();
  template <class T>
  Query& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind_null();
  }

  /// The next row; false at the end.
  bool step();
  /// Runs a statement that has no rows.
  void run();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::uint64_t place(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  double real(int column) const;
  /// Text or blob, valid until the next step.
  std::string_view text(int column) const;
  protocol::Uuid id(int column) const;
  std::optional<protocol::Uuid> optional_id(int column) const;
  protocol::Time time(int column) const;
  std::optional<protocol::Time> optional_time(int column) const;
  std::optional<std::string> optional_text(int column) const;

 private:
  sqlite3_stmt* statement_;
  int next_ = 1;
};

/// One connection, used by one thread at a time. Statements are prepared once each.
class Connection {
 public:
  enum class Mode : std::uint8_t { write, read };
  /// Opens (for writing: and creates) the database; WAL, synchronous=FULL, defensive.
  Connection(const std::filesystem::path& file, Mode mode);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// A run of this statement. `sql` must be a literal: the statement is found again by its address.
  Query query(const char* sql);
  /// Statements without rows or parameters.
  void execute(const std::string& sql);
  /// Rows the last statement changed.
  std::int64_t changes() const;
  /// Breaks off the statement under way, which throws. Any thread.
  void interrupt();
  sqlite3* handle() const { return db_; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* db_ = nullptr;
  std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

}  // namespace waystation::storage
