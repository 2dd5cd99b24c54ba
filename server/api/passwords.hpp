#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace waystation::server {

/// Argon2id (RFC 9106) by libsodium: 64 MiB and two passes, about a tenth of a second. On one thread of its
/// own, so that at most one such piece of memory is in use, and never on an I/O or storage thread. Any thread
/// may ask.
class Passwords {
 public:
  Passwords();
  /// What still waits is answered as if it had failed.
  ~Passwords();
  Passwords(const Passwords&) = delete;
  Passwords& operator=(const Passwords&) = delete;

  /// Tells whether the password is the hash's. An empty hash costs the same time and fits no password, so
  /// that an unknown name cannot be told from a known one. False, and nothing is called, when too many wait.
  /// `done` runs on the thread of passwords, before the next is looked at.
  bool verify(std::string hash, std::string password, std::function<void(bool)> done);
  /// Hashes a password; an empty text when there is no memory for it. False when too many wait.
  bool hash(std::string password, std::function<void(std::string)> done);

  /// The same on the caller's thread; throws std::runtime_error without memory.
  static std::string hash_now(const std::string& password);

 private:
  struct Job {
    std::string hash, password;
    std::function<void(bool)> verified;
    std::function<void(std::string)> hashed;
  };
  bool push(Job job);
  void loop();

  static constexpr std::size_t queue_limit = 64;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace waystation::server
