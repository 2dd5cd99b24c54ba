#include "certs/openssl.hpp"

#include <openssl/err.h>

namespace waystation::certs {

std::string openssl_error(std::string_view what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  std::string message(what);
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) message.append(": ").append(reason);
  return message;
}

std::optional<std::chrono::sys_seconds> moment(const ASN1_TIME* time) {
  const std::unique_ptr<ASN1_TIME, Freeing<ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::days(days) + std::chrono::seconds(seconds));
}

int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
  return -1;
}

}  // namespace waystation::certs
