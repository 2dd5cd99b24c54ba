#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>
#include <openssl/types.h>

/// Receipts that anyone can check: compact JWS (RFC 7515) signed with Ed25519 (RFC 8037).
namespace waystation::certs {

/// An Ed25519 public key. A value; any thread.
class PublicKey {
 public:
  /// From its 32 bytes (RFC 8032 §5.1.5).
  explicit PublicKey(std::span<const std::uint8_t, 32> bytes);
  /// From a JWK of kty OKP and crv Ed25519; the error says what is wrong with it.
  static std::expected<PublicKey, std::string> from_jwk(const nlohmann::json& jwk);

  /// The thumbprint of RFC 7638 with SHA-256 that names the key.
  const std::string& kid() const { return kid_; }
  /// With kty, crv, x, kid, alg and use.
  nlohmann::json jwk() const;
  /// True if `signature` is this key's for `message`.
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  std::string bytes_;
  std::string kid_;
};

/// {"keys":[…]} of one key: the public JWK Set (RFC 7517 §5).
nlohmann::json jwk_set(const PublicKey& key);

/// The private key of receipts. Copies share one key; any thread.
class SigningKey {
 public:
  /// Makes a key and keeps it in `file` (PKCS #8 PEM, mode 0600); a file already there is an error.
  static std::expected<SigningKey, std::string> create(const std::filesystem::path& file);
  static std::expected<SigningKey, std::string> load(const std::filesystem::path& file);
  /// From the 32 secret bytes of RFC 8032 §5.1.5 ("d" of a JWK).
  static std::expected<SigningKey, std::string> from_secret(std::span<const std::uint8_t, 32> secret);

  const PublicKey& public_key() const { return public_key_; }
  /// The 64 bytes of an Ed25519 signature. Throws std::runtime_error if OpenSSL cannot sign.
  std::string signature(std::string_view message) const;
  /// "header.payload.signature"; the header is {"alg":"EdDSA","kid":…}.
  std::string sign(std::string_view payload) const;

 private:
  SigningKey(std::shared_ptr<EVP_PKEY> key, PublicKey public_key);
  static std::expected<SigningKey, std::string> adopt(std::shared_ptr<EVP_PKEY> key, const std::string& what);

  std::shared_ptr<EVP_PKEY> key_;
  PublicKey public_key_;
};

/// The payload of a compact JWS that `key` has signed, or why it is not to be believed: not three parts of
/// base64url, another algorithm than EdDSA, a `kid` of another key, a `crit` extension, a wrong signature.
std::expected<std::string, std::string> verify(std::string_view jws, const PublicKey& key);

}  // namespace waystation::certs
