#include "storage/digest.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

namespace waystation::storage {

void Digest::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Digest::Digest(Algorithm algorithm) : context_(EVP_MD_CTX_new()) {
  const EVP_MD* which = algorithm == Algorithm::sha1 ? EVP_sha1() : EVP_sha256();
  if (context_ == nullptr || EVP_DigestInit_ex2(context_.get(), which, nullptr) != 1)
    throw std::runtime_error("a digest cannot be made");
}

void Digest::add(std::string_view piece) {
  if (EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) != 1)
    throw std::runtime_error("a digest failed");
}

std::string Digest::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1)
    throw std::runtime_error("a digest failed");
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

Hash sha256_of_file(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot open a file to read");
  Digest digest{Digest::Algorithm::sha256};
  constexpr std::size_t piece = 256UL * 1024;
  std::string buffer(piece, '\0');
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    const int error = errno;
    if (got <= 0) ::close(fd);
    if (got < 0) throw std::system_error(error, std::generic_category(), "cannot read a file");
    if (got == 0) return hash_of(digest.finish());
    digest.add({buffer.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace waystation::storage
