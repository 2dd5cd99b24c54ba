#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace waystation::storage {

/// An open file. What fails throws std::runtime_error that names the file and says why.
class File {
 public:
  enum class Open : std::uint8_t {
    read,
    make,    // 0600; it must not be there yet
    append,  // 0600
  };
  File(std::filesystem::path path, Open how);
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  /// Fills `to` as far as there is something; 0 at the end.
  std::size_t read(char* to, std::size_t size);
  void write(std::string_view bytes);
  /// Puts what was written on disk.
  void sync();
  std::uint64_t size() const;
  int descriptor() const { return fd_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

/// Puts a folder's names on disk; throws std::runtime_error.
void sync_folder(const std::filesystem::path& folder);
/// Throws in plain words where a folder's disk has no room for so many bytes and some left for the server.
void need_room(const std::filesystem::path& folder, std::uint64_t bytes);
/// Appends a line to a file and puts it on disk; root makes it the folder's owner's. Throws
/// std::runtime_error.
void append_line(const std::filesystem::path& file, const std::string& line);

}  // namespace waystation::storage
