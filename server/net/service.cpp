#include "server/net/service.hpp"

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

RequestIds::RequestIds() {
  unsigned char random[sizeof prefix_];
  if (RAND_bytes(random, sizeof random) != 1) throw std::runtime_error("no random bytes");
  for (const unsigned char byte : random)
    prefix_ = prefix_ << 8U | byte;
}

std::string RequestIds::next() {
  constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
  const std::uint64_t count = count_.fetch_add(1, std::memory_order_relaxed);
  std::string id(16, '0');
  for (std::size_t i = 0; i < 8; ++i) {
    id[7 - i] = digits[prefix_ >> (5 * i) & 31U];
    id[15 - i] = digits[count >> (5 * i) & 31U];
  }
  return id;
}

}  // namespace waystation::server
