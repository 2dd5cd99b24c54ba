#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "storage/log.hpp"

/// What was done to keep the data safe: one JSON line each, appended to `operations` in the data folder.
namespace waystation::storage {

struct OperationsRecord {
  struct Backup {
    Time at;
    std::string to;
    std::uint64_t bytes = 0;
  };
  struct Failure {
    Time at;
    std::string why;
  };
  /// The last one that was made; the last failure, unless a later one was made.
  std::optional<Backup> backup;
  std::optional<Failure> backup_failure;
  /// The last time a backup was restored to see that it can be; the last failure, unless a later one went
  /// well.
  std::optional<Time> test_restore;
  std::optional<Failure> test_restore_failure;
  /// The folder was restored from a backup.
  std::optional<Time> restore;
};

/// What was done, as a line names it.
inline constexpr const char* backup_operation = "backup";
inline constexpr const char* test_restore_operation = "test restore";
inline constexpr const char* restore_operation = "restore";

/// Reads a folder's operations; a line that cannot be read is passed over.
OperationsRecord read_operations(const std::filesystem::path& data);

/// One was done: `file` is the backup made or restored, `bytes` its size, `head` the last place it holds.
/// Throws.
void record_operation(const std::filesystem::path& data, const char* what, Time at,
                      const std::filesystem::path& file, std::uint64_t bytes, std::uint64_t head);
/// One failed. Throws.
void record_failure(const std::filesystem::path& data, const char* what, Time at, const std::string& why);

}  // namespace waystation::storage
