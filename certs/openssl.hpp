#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/// What the files of this folder share about OpenSSL; nobody else includes it.
namespace waystation::certs {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

using BioHandle = std::unique_ptr<BIO, Freeing<BIO_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, Freeing<X509_free>>;

/// "what: reason", from the oldest error of this thread's OpenSSL queue, which it empties.
std::string openssl_error(std::string_view what);

/// Nothing for a time OpenSSL cannot read.
std::optional<std::chrono::sys_seconds> moment(const ASN1_TIME* time);

/// For pem_password_cb: never asks, so that an encrypted key is an error and not a prompt on the terminal.
int no_password(char* buffer, int size, int writing, void* context);

}  // namespace waystation::certs
