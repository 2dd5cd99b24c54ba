#include "server/api/passwords.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include <sodium.h>

namespace waystation::server {
namespace {

constexpr auto passes = crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE;
constexpr auto memory = crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE;

/// Well-formed, of the same cost, and nobody's.
constexpr const char* dummy =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
static_assert(memory == 65536 * 1024 && passes == 2, "the dummy has to cost what a hash costs");

std::optional<std::string> make_hash(const std::string& password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), passes, memory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    return std::nullopt;
  return std::string{text.data()};
}

void need_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used here");
}

}  // namespace

Passwords::Passwords() {
  need_sodium();
  thread_ = std::thread{[this] { loop(); }};
}

Passwords::~Passwords() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Passwords::verify(std::string hash, std::string password, std::function<void(bool)> done) {
  return push(
      {.hash = std::move(hash), .password = std::move(password), .verified = std::move(done), .hashed = {}});
}

bool Passwords::hash(std::string password, std::function<void(std::string)> done) {
  return push({.hash = {}, .password = std::move(password), .verified = {}, .hashed = std::move(done)});
}

bool Passwords::push(Job job) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_ || jobs_.size() >= queue_limit) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void Passwords::loop() {
  for (;;) {
    Job job;
    bool gives_up = false;
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      gives_up = stopping_;
    }
    if (job.verified) {
      const char* hash = job.hash.empty() ? dummy : job.hash.c_str();
      const bool fits =
          !gives_up && crypto_pwhash_str_verify(hash, job.password.data(), job.password.size()) == 0;
      job.verified(fits && !job.hash.empty());
    } else {
      job.hashed(gives_up ? "" : make_hash(job.password).value_or(""));
    }
    sodium_memzero(job.password.data(), job.password.size());
  }
}

std::string Passwords::hash_now(const std::string& password) {
  need_sodium();
  auto hash = make_hash(password);
  if (!hash) throw std::runtime_error("there is no memory to hash a password");
  return *std::move(hash);
}

}  // namespace waystation::server
