#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "server/media/media.hpp"

/// What goes between the server and its child: one datagram each way, of the same program on the same
/// machine.
namespace waystation::server::media {

enum class Task : std::uint32_t { inspect, thumb, view };

/// With it come descriptors: the file to read; to make something, a file to write.
struct Request {
  Task task = Task::inspect;
  Limits limits;
};

/// The child's first word: that it can work, or why not, or what it lacks.
struct Hello {
  std::uint32_t ready = 0;
  std::array<char, 236> words{};  // NUL-terminated
};

/// Facts as they are sent; the server believes none of them unread.
struct Answer {
  static constexpr std::uint32_t no_fault = UINT32_MAX;

  std::uint32_t fault = no_fault;
  std::uint32_t media_type = 0;  // an index
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t has_time = 0;
  std::uint32_t has_place = 0;
  std::int64_t time_ms = 0;
  double lat = 0;
  double lon = 0;
};

Answer pack(const std::expected<Found, Fault>& found);
/// `unreadable` for what no honest child sends.
std::expected<Found, Fault> unpack(const Answer& answer);

/// Sends one datagram with descriptors; false if the other end is gone.
bool send_bytes(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors = {});

/// Descriptors of an incoming datagram, closed with it.
struct Arrived {
  Arrived() = default;
  ~Arrived();
  Arrived(const Arrived&) = delete;
  Arrived& operator=(const Arrived&) = delete;

  std::array<int, 2> descriptors{-1, -1};
};

/// Waits for one datagram that fills `bytes`; false if there is none or another (the other end is gone).
bool receive_bytes(int socket, std::span<std::byte> bytes, Arrived* arrived = nullptr);

}  // namespace waystation::server::media
