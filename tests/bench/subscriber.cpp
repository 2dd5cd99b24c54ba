#include "tests/bench/subscriber.hpp"

#include <array>
#include <cstdint>

#include "tests/bench/http.hpp"

namespace waystation::bench {
namespace {

constexpr unsigned op_text = 1;
constexpr unsigned op_close = 8;
constexpr unsigned op_ping = 9;
constexpr char pong = '\x8a';

unsigned byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

Subscriber::Subscriber(const Cast& cast, const std::string& token, const std::string& cursor)
    : channel_(cast.connect()) {
  const std::string text =
      request("GET", "/v1/feed?cursor=" + cursor, token, "",
              "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: waystation.v1\r\n");
  const Answer answer = call(channel_, text, 101);
  rest_ = answer.rest();
  std::array<char, 16384> scratch{};
  bool caught_up = false;
  const auto message = [&](std::string_view payload) {
    caught_up = caught_up || payload.find(R"("type":"caught_up")") != std::string_view::npos;
  };
  std::string_view payload;
  std::string_view bytes = rest_;
  while (take_frame(bytes, payload))
    message(payload);
  rest_ = std::string(bytes);
  constexpr int patience_ms = 30'000;
  while (!caught_up) {
    if (!channel_.wait(patience_ms)) throw Failure("a feed does not catch up");
    read(scratch, message);
  }
}

bool Subscriber::take_frame(std::string_view& bytes, std::string_view& payload) {
  payload = {};
  if (bytes.size() < 2) return false;
  const unsigned op = byte(bytes, 0) & 15U;
  std::uint64_t size = byte(bytes, 1) & 127U;
  std::size_t head = 2;
  if (size >= 126) {
    head = size == 126 ? 4 : 10;
    if (bytes.size() < head) return false;
    size = 0;
    for (std::size_t i = 2; i < head; ++i)
      size = size << 8U | byte(bytes, i);
  }
  if (bytes.size() - head < size) return false;
  const std::string_view content = bytes.substr(head, size);
  bytes.remove_prefix(head + size);
  if (op == op_text) payload = content;
  if (op == op_close) throw Failure("the server closed a feed");
  if (op == op_ping) {
    // Masked with zeros.
    std::string answer{pong, static_cast<char>(128U | content.size()), 0, 0, 0, 0};
    channel_.send(answer += content);
  }
  return true;
}

}  // namespace waystation::bench
