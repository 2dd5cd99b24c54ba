#include "certs/context.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>

#include "certs/openssl.hpp"
#include "certs/pem_file.hpp"

namespace waystation::certs {
namespace {

constexpr const char* suites_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

constexpr std::string_view session_context = "waystation";

/// ALPN (RFC 7301): http/1.1, and an alert for a client that offers names without it.
int select_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void* /*context*/) {
  static constexpr std::string_view wanted = "http/1.1";
  for (unsigned i = 0; i < in_size; i += 1U + in[i]) {
    const std::string_view name(reinterpret_cast<const char*>(in + i + 1), in[i]);
    if (name != wanted) continue;
    *out = in + i + 1;
    *out_size = in[i];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool set_up(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   // Clients that put it first have no AES in hardware.
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_password);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, suites_1_2) == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
         SSL_CTX_set_session_id_context(context,
                                        reinterpret_cast<const unsigned char*>(session_context.data()),
                                        static_cast<unsigned>(session_context.size())) == 1;
}

/// Gives `to` the keys that seal `from`'s session tickets.
bool share_ticket_keys(SSL_CTX* from, SSL_CTX* to) {
  const long size = SSL_CTX_get_tlsext_ticket_keys(from, nullptr, 0);
  std::vector<unsigned char> keys(static_cast<std::size_t>(size));
  const bool shared = SSL_CTX_get_tlsext_ticket_keys(from, keys.data(), size) == 1 &&
                      SSL_CTX_set_tlsext_ticket_keys(to, keys.data(), size) == 1;
  OPENSSL_cleanse(keys.data(), keys.size());
  return shared;
}

}  // namespace

std::expected<std::shared_ptr<SSL_CTX>, std::string> load_server_context(
    const std::filesystem::path& cert_file, const std::filesystem::path& key_file) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context || !set_up(context.get())) return std::unexpected(openssl_error("TLS context"));
  if (SSL_CTX_use_certificate_chain_file(context.get(), cert_file.c_str()) != 1)
    return std::unexpected(openssl_error(cert_file.string()));
  // Loading a key that does not belong to the certificate fails too, so one message serves both.
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1)
    return std::unexpected(openssl_error(key_file.string()));
  return context;
}

std::expected<std::chrono::sys_seconds, std::string> not_after(const std::filesystem::path& cert_file) {
  const auto certificate = read_certificate(cert_file);
  if (!certificate) return std::unexpected(certificate.error());
  const auto end = moment(X509_get0_notAfter(certificate->get()));
  if (!end) return std::unexpected(openssl_error(cert_file.string()));
  return *end;
}

ReloadingContext::ReloadingContext(std::filesystem::path cert_file, std::filesystem::path key_file,
                                   std::shared_ptr<SSL_CTX> context)
    : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)), context_(std::move(context)) {}

std::expected<std::unique_ptr<ReloadingContext>, std::string> ReloadingContext::open(
    std::filesystem::path cert_file, std::filesystem::path key_file) {
  auto context = load_server_context(cert_file, key_file);
  if (!context) return std::unexpected(context.error());
  return std::unique_ptr<ReloadingContext>(
      new ReloadingContext(std::move(cert_file), std::move(key_file), *std::move(context)));
}

std::shared_ptr<SSL_CTX> ReloadingContext::get() const {
  const std::scoped_lock lock(mutex_);
  return context_;
}

std::expected<void, std::string> ReloadingContext::reload() {
  auto fresh = load_server_context(cert_file_, key_file_);
  if (!fresh) return std::unexpected(fresh.error());
  if (!share_ticket_keys(get().get(), fresh->get())) return std::unexpected(openssl_error("session tickets"));
  const std::scoped_lock lock(mutex_);
  context_ = *std::move(fresh);
  return {};
}

}  // namespace waystation::certs
