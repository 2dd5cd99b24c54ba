#include "server/media/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>

#include <sys/socket.h>
#include <unistd.h>

namespace waystation::server::media {
namespace {

constexpr std::array<std::string_view, 8> media_types{"image/jpeg", "image/png",  "image/webp", "image/heic",
                                                      "video/mp4",  "video/3gpp", "audio/mp4",  "audio/webm"};

constexpr std::size_t control_size = CMSG_SPACE(2 * sizeof(int));

}  // namespace

Answer pack(const std::expected<Found, Fault>& found) {
  Answer answer;
  if (!found) {
    answer.fault = static_cast<std::uint32_t>(found.error());
    return answer;
  }
  answer.media_type =
      static_cast<std::uint32_t>(std::ranges::find(media_types, found->media_type) - media_types.begin());
  answer.width = found->width;
  answer.height = found->height;
  if (const auto& at = found->exif.at) {
    answer.has_time = 1;
    answer.time_ms = at->time_since_epoch().count();
  }
  if (const auto& place = found->exif.place) {
    answer.has_place = 1;
    answer.lat = place->lat;
    answer.lon = place->lon;
  }
  return answer;
}

std::expected<Found, Fault> unpack(const Answer& answer) {
  constexpr std::int64_t year_9998_ms = 253'339'228'800'000;
  if (answer.fault != Answer::no_fault)
    return std::unexpected(answer.fault <= static_cast<std::uint32_t>(Fault::unavailable)
                               ? static_cast<Fault>(answer.fault)
                               : Fault::unreadable);
  if (answer.media_type >= media_types.size()) return std::unexpected(Fault::unreadable);
  Found found{.media_type = std::string{media_types.at(answer.media_type)},
              .width = answer.width,
              .height = answer.height,
              .exif = {}};
  if (answer.has_time != 0 && answer.time_ms >= 0 && answer.time_ms <= year_9998_ms)
    found.exif.at = protocol::Time{std::chrono::milliseconds{answer.time_ms}};
  if (answer.has_place != 0 && std::abs(answer.lat) <= 90 && std::abs(answer.lon) <= 180)
    found.exif.place = Exif::Place{.lat = answer.lat, .lon = answer.lon};
  return found;
}

bool send_bytes(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors) {
  // sendmsg changes neither; its types are older than const.
  iovec piece{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, control_size> control{};
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(bytes.size());
}

Arrived::~Arrived() {
  for (const int descriptor : descriptors)
    if (descriptor >= 0) ::close(descriptor);
}

bool receive_bytes(int socket, std::span<std::byte> bytes, Arrived* arrived) {
  iovec piece{.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) std::array<char, control_size> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (arrived != nullptr) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
  }
  ssize_t received = 0;
  do {
    received = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received > 0 && arrived != nullptr) {
    const cmsghdr* head = CMSG_FIRSTHDR(&message);
    if (head != nullptr && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
      std::memcpy(arrived->descriptors.data(), CMSG_DATA(head),
                  std::min(head->cmsg_len - CMSG_LEN(0), sizeof arrived->descriptors));
  }
  return received == static_cast<ssize_t>(bytes.size()) && (message.msg_flags & MSG_TRUNC) == 0;
}

}  // namespace waystation::server::media
