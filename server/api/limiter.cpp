#include "server/api/limiter.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <string>

#include "certs/random.hpp"

namespace waystation::server {
namespace {

/// The part of an address that stands for one subscriber.
std::string subscriber(std::string_view address) {
  constexpr std::size_t prefix = 8;
  std::array<unsigned char, 16> bytes{};
  std::string text{address.substr(0, address.find('%'))};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool is_ipv4 = std::equal(mapped.begin(), mapped.end(), bytes.begin());
  return {reinterpret_cast<const char*>(bytes.data()), is_ipv4 ? bytes.size() : prefix};
}

}  // namespace

std::size_t Limiter::HashOfKey::operator()(const Key& key) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, key.data(), sizeof value);
  return value;
}

Limiter::Key Limiter::key_of(Guess guess, char kind, std::string_view name) {
  std::string text{kind, static_cast<char>('0' + static_cast<int>(guess))};
  text += name;
  const auto hash = certs::sha256(text);
  Key key{};
  std::copy_n(hash.begin(), key.size(), key.begin());
  return key;
}

std::optional<std::chrono::seconds> Limiter::blocked(Guess guess, std::string_view account,
                                                     std::string_view address, Clock::time_point now) {
  const Key by_address = key_of(guess, '@', subscriber(address));
  const Key by_account = key_of(guess, '#', account);
  const std::lock_guard lock{mutex_};
  auto wait = wait_of(by_address, address_limit, now);
  if (!account.empty()) wait = std::max(wait, wait_of(by_account, account_limit, now));
  return wait;
}

void Limiter::failed(Guess guess, std::string_view account, std::string_view address, Clock::time_point now) {
  const Key by_address = key_of(guess, '@', subscriber(address));
  const Key by_account = key_of(guess, '#', account);
  const std::lock_guard lock{mutex_};
  count(by_address, address_limit, now);
  if (!account.empty()) count(by_account, account_limit, now);
}

std::size_t Limiter::held() const {
  const std::lock_guard lock{mutex_};
  return held_;
}

std::optional<std::chrono::seconds> Limiter::wait_of(const Key& key, std::size_t limit,
                                                     Clock::time_point now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  Record& record = *found->second;
  drop_old(record, now);
  if (record.failures.empty()) {
    records_.erase(found->second);
    by_key_.erase(found);
    return std::nullopt;
  }
  if (record.failures.size() < limit) return std::nullopt;
  return std::max(std::chrono::ceil<std::chrono::seconds>(record.failures.front() + window - now),
                  std::chrono::seconds{1});
}

void Limiter::count(const Key& key, std::size_t limit, Clock::time_point now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    records_.push_front({.key = key, .failures = {}});
    by_key_.emplace(key, records_.begin());
  } else {
    records_.splice(records_.begin(), records_, found->second);
  }
  Record& record = records_.front();
  drop_old(record, now);
  record.failures.push_back(now);
  ++held_;
  if (record.failures.size() > limit) {
    record.failures.erase(record.failures.begin());
    --held_;
  }
  while (held_ > capacity_ && records_.size() > 1) {
    held_ -= records_.back().failures.size();
    by_key_.erase(records_.back().key);
    records_.pop_back();
  }
}

void Limiter::drop_old(Record& record, Clock::time_point now) {
  held_ -= std::erase_if(record.failures, [now](Clock::time_point at) { return at + window <= now; });
}

}  // namespace waystation::server
