#include "certs/random.hpp"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "certs/openssl.hpp"

namespace waystation::certs {

void fill_random(std::span<std::uint8_t> bytes) {
  if (RAND_priv_bytes_ex(nullptr, bytes.data(), bytes.size(), 0) != 1)
    throw std::runtime_error(openssl_error("no random bytes"));
}

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  std::array<std::uint8_t, 32> digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error(openssl_error("no SHA-256"));
  return digest;
}

}  // namespace waystation::certs
