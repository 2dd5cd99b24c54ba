#pragma once
#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>

#include <sys/epoll.h>
#include <unistd.h>

namespace waystation::bench {

/// Which of many sockets are readable, each known by a number.
class Poller {
 public:
  Poller() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error("epoll_create1 failed");
  }
  ~Poller() { ::close(fd_); }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void add(int fd, std::uint32_t number) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = number}};
    if (::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("epoll_ctl failed");
  }

  /// Waits so long at most (-1: for ever), then gives each ready number to `ready`.
  template <class F>
  void wait(int milliseconds, F ready) {
    const int count = ::epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), milliseconds);
    if (count < 0 && errno != EINTR) throw std::runtime_error("epoll_wait failed");
    for (int i = 0; i < count; ++i)
      ready(static_cast<std::uint32_t>(events_.at(static_cast<std::size_t>(i)).data.u64));
  }

 private:
  int fd_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace waystation::bench
