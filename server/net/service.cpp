#include "server/net/service.hpp"

#include <array>
#include <stdexcept>

#include <openssl/rand.h>

namespace waystation::server {

void Census::enter() {
  const std::lock_guard lock(mutex_);
  ++count_;
}

void Census::leave() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) changed_.notify_all();
}

std::size_t Census::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool Census::wait_until_empty(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return count_ == 0; });
}

void Census::wait_until_empty() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return count_ == 0; });
}

std::string new_request_id() {
  constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
  std::array<unsigned char, 16> random{};
  if (RAND_bytes(random.data(), random.size()) != 1) throw std::runtime_error("no random bytes");
  std::string id(random.size(), '0');
  for (std::size_t i = 0; i < id.size(); ++i)
    id[i] = digits[random.at(i) & 31U];
  return id;
}

}  // namespace waystation::server
