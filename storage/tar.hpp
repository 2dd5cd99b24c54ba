#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/time.hpp"

/// The tape archive of POSIX.1-2001 (ustar), files alone, names of up to 100 bytes, and GNU's base-256 form
/// for sizes from 8 GiB on: what every tar reads.
namespace waystation::storage {

/// Writes an archive to `out`, which takes all it is given or throws.
class TarWriter {
 public:
  explicit TarWriter(std::function<void(std::string_view)> out) : out_(std::move(out)) {}

  /// Begins a file, of exactly `size` bytes to come. Throws std::logic_error for a name that is too long, or
  /// when the file before has not come whole.
  void begin(std::string_view name, std::uint64_t size, protocol::Time modified);
  void write(std::string_view bytes);
  /// After the last file.
  void finish();

 private:
  void pad();

  std::function<void(std::string_view)> out_;
  std::uint64_t size_ = 0;
  std::uint64_t missing_ = 0;
};

struct TarEntry {
  std::string name;
  std::uint64_t size = 0;
};

/// Reads an archive that may be anything; errors say what is wrong with it.
class TarReader {
 public:
  /// `in` fills a buffer as far as there is something; 0 at the end.
  explicit TarReader(std::function<std::size_t(char*, std::size_t)> in) : in_(std::move(in)) {}

  /// The next file, past whatever is left of the one before; nothing at the archive's end.
  std::expected<std::optional<TarEntry>, std::string> next();
  /// A piece of the file's content; 0 at its end.
  std::expected<std::size_t, std::string> read(char* to, std::size_t size);

 private:
  /// All of `size`; false when the archive ends before.
  bool fill(char* to, std::size_t size);

  std::function<std::size_t(char*, std::size_t)> in_;
  std::uint64_t left_ = 0;
  std::uint64_t padding_ = 0;
};

}  // namespace waystation::storage
