#include "tests/bench/http.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <memory>
#include <span>

namespace waystation::bench {
namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";
/// 0 where none is said.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\ncontent-length: ";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto found = std::ranges::search(head, name, same);
  std::size_t length = 0;
  std::from_chars(std::to_address(found.end()), head.data() + head.size(), length);
  return length;
}

}  // namespace

std::string request(std::string_view method, std::string_view target, std::string_view token,
                    std::string_view body, std::string_view fields) {
  std::string text{method};
  text += ' ';
  text += target;
  text += " HTTP/1.1\r\nHost: localhost\r\n";
  if (!token.empty()) {
    text += "Authorization: Bearer ";
    text += token;
    text += "\r\n";
  }
  if (!body.empty())
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  text += fields;
  text += "\r\n";
  text += body;
  return text;
}

bool Answer::read(Channel& channel) {
  constexpr std::size_t step = 16384;  // a TLS record
  if (text_.size() < size_ + step) text_.resize(std::max(size_ + step, head_ + body_ + step));
  const std::size_t got = channel.read(std::span(text_).subspan(size_));
  if (got == 0) return false;
  size_ += got;
  if (head_ == 0) {
    const std::string_view text = std::string_view(text_).substr(0, size_);
    const std::size_t end = text.find(end_of_head);
    if (end == std::string_view::npos) return false;
    constexpr std::size_t status_at = 9;
    head_ = end + end_of_head.size();
    body_ = content_length(head());
    if (!text.starts_with("HTTP/1.1 ") ||
        std::from_chars(text.data() + status_at, text.data() + text.size(), status_).ec != std::errc{})
      throw Failure("this is no answer: " + std::string(text.substr(0, 100)));
  }
  return size_ >= head_ + body_;
}

void Answer::clear() {
  size_ = 0;
  head_ = 0;
  body_ = 0;
  status_ = 0;
}

void call(Channel& channel, std::string_view request, int status, Answer& answer) {
  constexpr int patience_ms = 60'000;
  answer.clear();
  channel.send(request);
  while (!answer.read(channel))
    if (!channel.wait(patience_ms)) throw Failure("no answer came");
  if (answer.status() != status)
    throw Failure("asked for " + std::string(request.substr(0, request.find('\r'))) + ", answered " +
                  std::to_string(answer.status()) + ": " + std::string(answer.body().substr(0, 400)));
}

Answer call(Channel& channel, std::string_view request, int status) {
  Answer answer;
  call(channel, request, status, answer);
  return answer;
}

}  // namespace waystation::bench
