#pragma once
#include <span>
#include <string>
#include <string_view>

#include "tests/bench/cast.hpp"
#include "tests/bench/channel.hpp"

namespace waystation::bench {

/// An open feed over WebSocket (RFC 6455), which answers pings.
class Subscriber {
 public:
  /// Opens it and waits until it has caught up. Throws Failure.
  Subscriber(const Cast& cast, const std::string& token, const std::string& cursor);

  int fd() const { return channel_.fd(); }

  /// Reads what has come and gives each message to `message`.
  template <class F>
  void read(std::span<char> scratch, F message) {
    do {
      const std::size_t got = channel_.read(scratch);
      if (got == 0) return;
      std::string_view bytes{scratch.data(), got};
      if (!rest_.empty()) {
        rest_ += bytes;
        bytes = rest_;
      }
      std::string_view payload;
      while (take_frame(bytes, payload))
        if (!payload.empty()) message(payload);
      rest_ = std::string(bytes);
    } while (channel_.has_more());
  }

 private:
  /// Takes one whole frame off the bytes; the payload of what is not a message is empty. False when none is
  /// whole.
  bool take_frame(std::string_view& bytes, std::string_view& payload);

  Channel channel_;
  std::string rest_;
};

}  // namespace waystation::bench
