#pragma once
#include <array>
#include <filesystem>
#include <optional>

#include "protocol/code.hpp"

namespace waystation::storage {

/// The one folder a server owns (0700): the database, the secret under which codes and cursors are made,
/// keys, the control socket. Locked by whoever may write, so that two never do.
class DataFolder {
 public:
  /// Opens the folder; `create` makes it and what belongs in it. Throws std::runtime_error in plain words.
  DataFolder(const std::filesystem::path& path, bool create);
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;
  ~DataFolder();

  /// Takes the exclusive lock; false if another process holds it.
  bool lock();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path database() const { return path_ / "waystation.db"; }
  std::filesystem::path keys() const { return path_ / "keys"; }
  std::filesystem::path control() const { return path_ / "control"; }
  std::filesystem::path erasures() const { return path_ / "erasures"; }
  std::filesystem::path backups() const { return path_ / "backups"; }

  /// 32 bytes made with the folder and kept in the file `secret`: without it, codes and cursors given out
  /// would mean something else.
  const std::array<std::uint8_t, 32>& secret() const { return secret_; }
  /// Derived from the secret.
  protocol::CodeKey code_key() const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  std::array<std::uint8_t, 32> secret_{};
};

}  // namespace waystation::storage
