#include "server/api/cursor.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

#include "certs/base64url.hpp"

namespace waystation::server {
namespace {

using Block = std::array<std::uint8_t, 16>;

void put(std::uint8_t* to, std::size_t width, std::uint64_t value) {
  for (std::size_t i = width; i-- > 0; value >>= 8U)
    to[i] = static_cast<std::uint8_t>(value);
}

std::uint64_t get(const std::uint8_t* from, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i)
    value = value << 8U | from[i];
  return value;
}

Block crypt(const Block& key, const Block& input, bool encrypt) {
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, Free> context{EVP_CIPHER_CTX_new()};
  thread_local const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher{
      EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr), &EVP_CIPHER_free};
  Block output{};
  int size = 0;
  if (!context ||
      EVP_CipherInit_ex2(context.get(), cipher.get(), key.data(), nullptr, encrypt ? 1 : 0, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_CipherUpdate(context.get(), output.data(), &size, input.data(), static_cast<int>(input.size())) !=
          1)
    throw std::runtime_error("AES failed");
  return output;
}

// Of the 16 bytes: scope 4, seq 5, floor 5, and 2 that are zero, by which what is no cursor is told.
constexpr std::size_t seq_at = 4;
constexpr std::size_t floor_at = 9;
constexpr std::size_t zero_at = 14;

}  // namespace

std::string CursorCoder::encode(const Cursor& cursor) const {
  Block plain{};
  put(plain.data(), 4, cursor.scope);
  put(&plain[seq_at], 5, cursor.seq);
  put(&plain[floor_at], 5, cursor.floor);
  return certs::base64url(crypt(key_, plain, true));
}

std::optional<Cursor> CursorCoder::decode(std::string_view text) const {
  const auto bytes = certs::from_base64url(text);
  Block sealed{};
  if (!bytes || bytes->size() != sealed.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), sealed.begin());
  const Block plain = crypt(key_, sealed, false);
  if (get(&plain[zero_at], 2) != 0) return std::nullopt;
  return Cursor{.scope = static_cast<std::uint32_t>(get(plain.data(), 4)),
                .seq = get(&plain[seq_at], 5),
                .floor = get(&plain[floor_at], 5)};
}

}  // namespace waystation::server
