#include "certs/pem_file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

namespace waystation::certs {
namespace {

namespace fs = std::filesystem;

std::unexpected<std::string> failed(const fs::path& file, int error) {
  return std::unexpected(file.string() + ": " + std::system_category().message(error));
}

/// Closes on every way out; the calls that matter are checked where they are made.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return number_; }

 private:
  int number_;
};

/// 0, or errno.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// 0, or errno. A new file of its own, readable by nobody else before its mode is set.
int write_new(const fs::path& file, std::string_view text, unsigned mode) {
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (descriptor.get() < 0) return errno;
  if (::fchmod(descriptor.get(), mode) != 0) return errno;
  if (const int error = write_all(descriptor.get(), text); error != 0) return error;
  return ::fsync(descriptor.get()) == 0 ? 0 : errno;
}

int sync_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0) return errno;
  return ::fsync(descriptor.get()) == 0 ? 0 : errno;
}

std::string_view contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::expected<BioHandle, std::string> open_pem(const fs::path& file) {
  BioHandle bio(BIO_new_file(file.c_str(), "r"));
  if (!bio) return std::unexpected(openssl_error(file.string()));
  return bio;
}

}  // namespace

std::expected<void, std::string> write_file(const fs::path& file, std::string_view text, unsigned mode) {
  fs::path beside = file;
  beside += ".new";
  // What a crash left of an earlier attempt.
  if (::unlink(beside.c_str()) != 0 && errno != ENOENT) return failed(beside, errno);
  if (const int error = write_new(beside, text, mode); error != 0) {
    ::unlink(beside.c_str());
    return failed(beside, error);
  }
  if (::rename(beside.c_str(), file.c_str()) != 0) return failed(file, errno);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (const int error = sync_folder(folder); error != 0) return failed(folder, error);
  return {};
}

std::expected<void, std::string> write_private_key(const fs::path& file, EVP_PKEY* key) {
  // Memory that is wiped when it is given back.
  const BioHandle bio(BIO_new(BIO_s_secmem()));
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return std::unexpected(openssl_error("private key"));
  return write_file(file, contents(bio.get()), 0600);
}

std::expected<KeyHandle, std::string> read_private_key(const fs::path& file) {
  const auto bio = open_pem(file);
  if (!bio) return std::unexpected(bio.error());
  KeyHandle key(PEM_read_bio_PrivateKey(bio->get(), nullptr, no_password, nullptr));
  if (!key) return std::unexpected(openssl_error(file.string() + ": no private key"));
  return key;
}

std::expected<void, std::string> write_certificates(const fs::path& file,
                                                    std::initializer_list<X509*> certificates) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  if (!bio) return std::unexpected(openssl_error("certificate"));
  for (X509* certificate : certificates)
    if (PEM_write_bio_X509(bio.get(), certificate) != 1) return std::unexpected(openssl_error("certificate"));
  return write_file(file, contents(bio.get()), 0644);
}

std::expected<CertificateHandle, std::string> read_certificate(const fs::path& file) {
  const auto bio = open_pem(file);
  if (!bio) return std::unexpected(bio.error());
  CertificateHandle certificate(PEM_read_bio_X509(bio->get(), nullptr, no_password, nullptr));
  if (!certificate) return std::unexpected(openssl_error(file.string() + ": no certificate"));
  return certificate;
}

}  // namespace waystation::certs
