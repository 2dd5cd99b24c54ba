#pragma once
#include <expected>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

#include "certs/openssl.hpp"

/// Keys and certificates as files; used inside this folder alone.
namespace waystation::certs {

/// Writes beside, fsyncs, renames and fsyncs the folder: the file is the old or the new one, never a part.
/// `mode` is set before the first byte is written. The error names the file and the reason.
std::expected<void, std::string> write_file(const std::filesystem::path& file, std::string_view text,
                                            unsigned mode);

/// PKCS #8 in PEM, mode 0600.
std::expected<void, std::string> write_private_key(const std::filesystem::path& file, EVP_PKEY* key);
/// The first private key of a PEM file; an encrypted one is an error.
std::expected<KeyHandle, std::string> read_private_key(const std::filesystem::path& file);

/// PEM, mode 0644, in the order given.
std::expected<void, std::string> write_certificates(const std::filesystem::path& file,
                                                    std::initializer_list<X509*> certificates);
/// The first certificate of a PEM file.
std::expected<CertificateHandle, std::string> read_certificate(const std::filesystem::path& file);

}  // namespace waystation::certs
