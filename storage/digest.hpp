#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "storage/log.hpp"

struct evp_md_ctx_st;

namespace waystation::storage {

/// A message digest of what comes in pieces.
class Digest {
 public:
  enum class Algorithm : std::uint8_t { sha1, sha256 };
  explicit Digest(Algorithm algorithm);

  void add(std::string_view piece);
  /// The bytes of the digest; nothing may follow.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// SHA-256 of a file's bytes; throws std::system_error where it cannot be read.
Hash sha256_of_file(const std::filesystem::path& file);

}  // namespace waystation::storage
