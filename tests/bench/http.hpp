#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "tests/bench/channel.hpp"

namespace waystation::bench {

/// A request of HTTP/1.1 with the fields every one here has; `token` may be empty, `fields` end with CRLF
/// each.
std::string request(std::string_view method, std::string_view target, std::string_view token,
                    std::string_view body = {}, std::string_view fields = {});

/// Gathers one answer that says its Content-Length, as all of these do. Keeps its memory for the next.
class Answer {
 public:
  /// Reads what has come; true when the answer is whole. Throws Failure when it is no such answer.
  bool read(Channel& channel);
  int status() const { return status_; }
  std::string_view head() const { return std::string_view(text_).substr(0, head_); }
  std::string_view body() const { return std::string_view(text_).substr(head_, body_); }
  /// What came after it.
  std::string_view rest() const {
    return std::string_view(text_).substr(head_ + body_, size_ - head_ - body_);
  }
  /// Makes room for the next.
  void clear();

 private:
  std::string text_;  // the first `size_` bytes are read
  std::size_t size_ = 0;
  std::size_t head_ = 0;  // 0: not whole yet
  std::size_t body_ = 0;
  int status_ = 0;
};

/// Sends a request and waits for its answer, which must have that status. Throws Failure.
void call(Channel& channel, std::string_view request, int status, Answer& answer);
Answer call(Channel& channel, std::string_view request, int status);

}  // namespace waystation::bench
