#pragma once
#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/types.h>

namespace waystation::certs {

/// A server's TLS context: TLS 1.2 and 1.3, forward secret AEAD suites alone, session tickets (stateless, no
/// cache), no compression, no renegotiation, ALPN http/1.1, buffers given back while idle. `cert_file` is
/// PEM, the server's certificate and then its chain; `key_file` is PEM without a password and belongs to it.
/// The error names the file and why. The context may be used by any thread; set nothing on it.
std::expected<std::shared_ptr<SSL_CTX>, std::string> load_server_context(
    const std::filesystem::path& cert_file, const std::filesystem::path& key_file);

/// The last second in which the file's first certificate is valid.
std::expected<std::chrono::sys_seconds, std::string> not_after(const std::filesystem::path& cert_file);

/// The context in force, and a way to put another in its place. Any thread.
class ReloadingContext {
 public:
  /// Loads the first one.
  static std::expected<std::unique_ptr<ReloadingContext>, std::string> open(std::filesystem::path cert_file,
                                                                            std::filesystem::path key_file);

  /// The context for the next connection; those that have one keep theirs.
  std::shared_ptr<SSL_CTX> get() const;

  /// Reads both files again. The context in force stays when that fails. Tickets given before still resume.
  std::expected<void, std::string> reload();

 private:
  ReloadingContext(std::filesystem::path cert_file, std::filesystem::path key_file,
                   std::shared_ptr<SSL_CTX> context);

  const std::filesystem::path cert_file_;
  const std::filesystem::path key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace waystation::certs
