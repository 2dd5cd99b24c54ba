#include "certs/receipt.hpp"

#include <array>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "certs/base64url.hpp"
#include "certs/openssl.hpp"
#include "certs/pem_file.hpp"
#include "certs/random.hpp"

namespace waystation::certs {
namespace {

using nlohmann::json;
using DigestHandle = std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>>;

constexpr std::size_t key_size = 32;
constexpr std::size_t signature_size = 64;
// A header says a few words; more is not worth parsing.
constexpr std::size_t max_header = 1024;

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool is_text(const json& object, const char* member, std::string_view value) {
  const auto found = object.find(member);
  const auto* text = found == object.end() ? nullptr : found->get_ptr<const std::string*>();
  return text != nullptr && *text == value;
}

/// RFC 7638 §3 and RFC 8037 appendix A.3: the required members in alphabetical order.
std::string thumbprint(std::string_view x) {
  return base64url(sha256(R"({"crv":"Ed25519","kty":"OKP","x":")" + std::string(x) + R"("})"));
}

}  // namespace

PublicKey::PublicKey(std::span<const std::uint8_t, 32> bytes)
    : bytes_(bytes.begin(), bytes.end()), kid_(thumbprint(base64url(bytes_))) {}

std::expected<PublicKey, std::string> PublicKey::from_jwk(const json& jwk) {
  if (!jwk.is_object()) return std::unexpected("a JWK is an object");
  if (!is_text(jwk, "kty", "OKP") || !is_text(jwk, "crv", "Ed25519"))
    return std::unexpected("a JWK of kty OKP and crv Ed25519 is needed");
  const auto x = jwk.find("x");
  const auto* text = x == jwk.end() ? nullptr : x->get_ptr<const std::string*>();
  const auto bytes = text == nullptr ? std::nullopt : from_base64url(*text);
  if (!bytes || bytes->size() != key_size) return std::unexpected("x is not 32 bytes in base64url");
  return PublicKey(std::span<const std::uint8_t, key_size>(octets(*bytes), key_size));
}

json PublicKey::jwk() const {
  return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url(bytes_)},
          {"kid", kid_},  {"alg", "EdDSA"},   {"use", "sig"}};
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  if (signature.size() != signature_size) return false;
  const KeyHandle key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(bytes_), bytes_.size()));
  const DigestHandle context(EVP_MD_CTX_new());
  const bool good =
      key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) ==
          1;
  // A wrong signature leaves an error that would be read as the next call's.
  ERR_clear_error();
  return good;
}

json jwk_set(const PublicKey& key) {
  return {{"keys", json::array({key.jwk()})}};
}

SigningKey::SigningKey(std::shared_ptr<EVP_PKEY> key, PublicKey public_key)
    : key_(std::move(key)), public_key_(std::move(public_key)) {}

std::expected<SigningKey, std::string> SigningKey::adopt(std::shared_ptr<EVP_PKEY> key,
                                                         const std::string& what) {
  if (!key) return std::unexpected(openssl_error(what));
  std::array<std::uint8_t, key_size> bytes{};
  std::size_t size = bytes.size();
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) != 1 || size != key_size)
    return std::unexpected(what + ": not an Ed25519 key");
  return SigningKey(std::move(key), PublicKey(bytes));
}

std::expected<SigningKey, std::string> SigningKey::create(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) return std::unexpected(file.string() + ": there already");
  if (error) return std::unexpected(file.string() + ": " + error.message());
  auto key = adopt(KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")), "Ed25519 key");
  if (!key) return key;
  if (const auto written = write_private_key(file, key->key_.get()); !written)
    return std::unexpected(written.error());
  return key;
}

std::expected<SigningKey, std::string> SigningKey::load(const std::filesystem::path& file) {
  auto key = read_private_key(file);
  if (!key) return std::unexpected(key.error());
  return adopt(*std::move(key), file.string());
}

std::expected<SigningKey, std::string> SigningKey::from_secret(std::span<const std::uint8_t, 32> secret) {
  KeyHandle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()));
  return adopt(std::move(key), "Ed25519 key");
}

std::string SigningKey::signature(std::string_view message) const {
  const DigestHandle context(EVP_MD_CTX_new());
  std::string bytes(signature_size, '\0');
  std::size_t size = bytes.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size, octets(message),
                     message.size()) != 1)
    throw std::runtime_error(openssl_error("cannot sign"));
  return bytes;
}

std::string SigningKey::sign(std::string_view payload) const {
  const std::string header = json({{"alg", "EdDSA"}, {"kid", public_key_.kid()}}).dump();
  std::string jws = base64url(header) + '.' + base64url(payload);
  const std::string sealed = base64url(signature(jws));
  return jws.append(1, '.').append(sealed);
}

std::expected<std::string, std::string> verify(std::string_view jws, const PublicKey& key) {
  const auto first = jws.find('.');
  const auto second = first == std::string_view::npos ? first : jws.find('.', first + 1);
  if (second == std::string_view::npos) return std::unexpected("not three parts");
  if (first > max_header) return std::unexpected("the header is too long");
  const auto header_text = from_base64url(jws.substr(0, first));
  auto payload = from_base64url(jws.substr(first + 1, second - first - 1));
  const auto signature = from_base64url(jws.substr(second + 1));
  if (!header_text || !payload || !signature) return std::unexpected("not base64url");

  const json header = json::parse(*header_text, nullptr, false);
  if (!header.is_object()) return std::unexpected("the header is no JSON object");
  if (!is_text(header, "alg", "EdDSA")) return std::unexpected("the algorithm is not EdDSA");
  // RFC 7515 §4.1.11: what is marked as critical must be understood, and none is.
  if (header.contains("crit")) return std::unexpected("an extension marked critical is not known");
  if (header.contains("kid") && !is_text(header, "kid", key.kid()))
    return std::unexpected("signed by another key");
  if (!key.verifies(jws.substr(0, second), *signature)) return std::unexpected("the signature is wrong");
  return *std::move(payload);
}

}  // namespace waystation::certs
