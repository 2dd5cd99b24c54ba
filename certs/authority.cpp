#include "certs/authority.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "certs/openssl.hpp"
#include "certs/pem_file.hpp"
#include "certs/random.hpp"

namespace waystation::certs {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

using BignumHandle = std::unique_ptr<BIGNUM, Freeing<BN_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;
using OctetsHandle = std::unique_ptr<ASN1_OCTET_STRING, Freeing<ASN1_OCTET_STRING_free>>;

constexpr auto authority_life = std::chrono::days(3650);
// Browsers refuse servers' certificates of more than 398 days.
constexpr auto server_life = std::chrono::days(397);
// For clients whose clock is behind.
constexpr auto backdating = std::chrono::hours(1);

struct Extension {
  int nid;
  std::string value;  // in the words of x509v3_config(5)
};

/// What a certificate is to say; signed by the holder of `issuer` (itself when null).
struct Wanted {
  std::string common_name;
  sys_seconds from;
  sys_seconds until;  // inclusive
  std::vector<Extension> extensions;
};

std::unexpected<std::string> failed(std::string_view what) {
  return std::unexpected(openssl_error(what));
}

/// 127 random bits and never 0 (RFC 5280 §4.1.2.2: positive, at most 20 octets).
bool set_random_serial(X509* certificate) {
  auto bytes = random_bytes<16>();
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7f) | 0x40);
  const BignumHandle number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_validity(X509* certificate, sys_seconds from, sys_seconds until) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), from.time_since_epoch().count()) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), until.time_since_epoch().count()) != nullptr;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, const Extension& wanted) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, wanted.nid, wanted.value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::expected<CertificateHandle, std::string> sign(const Wanted& wanted, EVP_PKEY* key, X509* issuer,
                                                   EVP_PKEY* issuer_key) {
  CertificateHandle certificate(X509_new());
  X509* raw = certificate.get();
  X509* from = issuer != nullptr ? issuer : raw;
  if (raw == nullptr || X509_set_version(raw, X509_VERSION_3) != 1 || !set_random_serial(raw) ||
      !set_validity(raw, wanted.from, wanted.until) || !set_subject(raw, wanted.common_name) ||
      X509_set_issuer_name(raw, X509_get_subject_name(from)) != 1 || X509_set_pubkey(raw, key) != 1)
    return failed("certificate");
  for (const Extension& extension : wanted.extensions)
    if (!add_extension(raw, from, extension)) return failed(extension.value);
  if (X509_sign(raw, issuer_key, EVP_sha256()) == 0) return failed("signature");
  return certificate;
}

std::expected<KeyHandle, std::string> new_key() {
  KeyHandle key(EVP_EC_gen("P-256"));
  if (!key) return failed("ECDSA key");
  return key;
}

bool is_address(const std::string& name) {
  const OctetsHandle octets(a2i_IPADDRESS(name.c_str()));
  return octets != nullptr;
}

/// RFC 1123 §2.1: labels of letters, digits and hyphens, 1–63 long, 253 in all; the last one is no number, so
/// that a mistyped address is not taken for a name.
bool is_host_name(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.empty() || name.size() > 253) return false;
  std::size_t label = 0;
  char last = '.';
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.' ? last == '.' || last == '-' : !letter && (c != '-' || last == '.')) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
    last = c;
  }
  const std::string_view top = name.substr(name.rfind('.') + 1);  // npos + 1 is 0
  return last != '.' && last != '-' && top.find_first_not_of("0123456789") != std::string_view::npos;
}

std::expected<std::string, std::string> alternative_names(const std::vector<std::string>& names) {
  std::vector<std::string> values;
  for (const std::string& name : names) {
    const bool address = is_address(name);
    if (!address && !is_host_name(name))
      return std::unexpected("\"" + name + "\" is neither a host name nor an IP address");
    std::string value = (address ? "IP:" : "DNS:") + name;
    if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
  }
  std::string text;
  for (const std::string& value : values)
    text.append(text.empty() ? "" : ",").append(value);
  return text;
}

std::expected<KeyHandle, std::string> server_key(const fs::path& file) {
  std::error_code error;
  if (fs::exists(file, error)) return read_private_key(file);
  if (error) return std::unexpected(file.string() + ": " + error.message());
  auto key = new_key();
  if (!key) return key;
  if (const auto written = write_private_key(file, key->get()); !written)
    return std::unexpected(written.error());
  return key;
}

}  // namespace

std::expected<void, std::string> create_authority(const fs::path& folder, sys_seconds now) {
  // The certificate is written last: a key without it is what a crash left.
  const fs::path file = folder / "ca.pem";
  std::error_code error;
  if (fs::exists(file, error)) return std::unexpected(file.string() + ": there already");
  if (error) return std::unexpected(file.string() + ": " + error.message());
  const auto key = new_key();
  if (!key) return std::unexpected(key.error());
  const auto certificate = sign({.common_name = "Waystation local CA",
                                 .from = now - backdating,
                                 .until = now - backdating + authority_life - std::chrono::seconds(1),
                                 .extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                                {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                                {NID_subject_key_identifier, "hash"},
                                                {NID_authority_key_identifier, "keyid:always"}}},
                                key->get(), nullptr, key->get());
  if (!certificate) return std::unexpected(certificate.error());
  if (auto written = write_private_key(folder / "ca-key.pem", key->get()); !written) return written;
  return write_certificates(file, {certificate->get()});
}

std::expected<void, std::string> issue(const fs::path& folder, const std::vector<std::string>& names,
                                       sys_seconds now) {
  std::vector<std::string> all = names;
  all.insert(all.end(), {"localhost", "127.0.0.1", "::1"});
  auto alternatives = alternative_names(all);
  if (!alternatives) return std::unexpected(alternatives.error());

  const auto authority = read_certificate(folder / "ca.pem");
  if (!authority) return std::unexpected(authority.error());
  const auto authority_key = read_private_key(folder / "ca-key.pem");
  if (!authority_key) return std::unexpected(authority_key.error());
  if (X509_check_private_key(authority->get(), authority_key->get()) != 1)
    return failed("ca-key.pem does not belong to ca.pem");
  const auto end = moment(X509_get0_notAfter(authority->get()));
  if (!end) return failed("ca.pem");
  if (*end <= now) return std::unexpected("the authority of ca.pem has lapsed");

  const auto key = server_key(folder / "server-key.pem");
  if (!key) return std::unexpected(key.error());
  // A common name holds at most 64 characters; "localhost" always fits.
  const auto common_name = std::ranges::find_if(all, [](const auto& name) { return name.size() <= 64; });
  const auto certificate =
      sign({.common_name = *common_name,
            .from = now - backdating,
            .until = std::min(*end, now - backdating + server_life - std::chrono::seconds(1)),
            .extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                           {NID_key_usage, "critical,digitalSignature"},
                           {NID_ext_key_usage, "serverAuth"},
                           {NID_subject_alt_name, *std::move(alternatives)},
                           {NID_subject_key_identifier, "hash"},
                           {NID_authority_key_identifier, "keyid:always"}}},
           key->get(), authority->get(), authority_key->get());
  if (!certificate) return std::unexpected(certificate.error());
  return write_certificates(folder / "server.pem", {certificate->get(), authority->get()});
}

}  // namespace waystation::certs
