#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "certs/base64url.hpp"
#include "tests/bench/clock.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/http.hpp"
#include "tests/bench/poller.hpp"
#include "tests/bench/sighting.hpp"
#include "tests/bench/workloads.hpp"

namespace waystation::bench {
namespace {

constexpr int ok = 200;
constexpr int created = 201;
constexpr int no_content = 204;
constexpr std::size_t photo_bytes = 300UL * 1024;
constexpr std::size_t video_bytes = 200UL * 1024 * 1024;

std::string read_file(const char* name) {
  std::ifstream file{std::string{WAYSTATION_SOURCE_DIR "/tests/http/files/"} + name, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) throw Failure(std::string{"cannot read "} + name);
  return bytes;
}

/// A JPEG of 300 KiB, most of it a comment; each new one is unlike all others.
class Picture {
 public:
  Picture() {
    const std::string base = read_file("upright.jpg");
    constexpr std::size_t comment_most = 65'000;
    bytes_ = base.substr(0, 2);
    for (std::size_t left = photo_bytes - base.size(); left > 0;) {
      std::size_t size = std::min(left, comment_most);
      if (left - size < 8) size = left;  // a comment has 4 bytes of its own
      const std::size_t said = size - 2;
      bytes_ += {'\xff', '\xfe', static_cast<char>(said >> 8U), static_cast<char>(said & 0xffU)};
      bytes_.append(size - 4, 'x');
      left -= size;
    }
    bytes_ += base.substr(2);
  }
  const std::string& next(std::string_view mark) {
    bytes_.replace(8, mark.size(), mark);
    return bytes_;
  }

 private:
  std::string bytes_;
};

std::string metadata_field(std::string_view photo) {
  // A UUID's 36 characters make whole groups: URL-safe and plain Base64 differ in no character of ASCII text.
  return "Upload-Metadata: photo " + certs::base64url(photo) + "\r\n";
}

constexpr std::string_view piece_fields =
    "Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n";

std::string length_field(std::string_view name, std::size_t length) {
  return std::string{name} + ": " + std::to_string(length) + "\r\n";
}

/// One connection that sends one photo after another.
class Sender {
 public:
  Sender(Phone& phone, bool in_two, std::uint32_t& number)
      : phone_(phone), in_two_(in_two), number_(number) {}

  void send() {
    photo_ = uuid_of(number_++);
    sent_at_ = now();
    const std::string& bytes = picture_.next(photo_);
    std::string fields = length_field("Upload-Length", bytes.size()) + metadata_field(photo_);
    if (in_two_) {
      phone_.channel.send(
          request("POST", "/v1/uploads", phone_.token, {}, "Tus-Resumable: 1.0.0\r\n" + fields));
    } else {
      fields += length_field("Content-Length", bytes.size());
      phone_.channel.send(
          request("POST", "/v1/uploads", phone_.token, {}, std::string{piece_fields} + fields) + bytes);
    }
    asks_location_ = in_two_;
  }

  /// True when the photo is there.
  bool read() {
    if (!answer_.read(phone_.channel)) return false;
    const int wanted = !in_two_ || asks_location_ ? created : no_content;
    if (answer_.status() != wanted)
      throw Failure("a photo was answered " + std::to_string(answer_.status()) + ": " +
                    std::string(answer_.body()));
    const bool whole = !asks_location_;
    if (!whole) send_bytes();
    answer_.clear();
    return whole;
  }

  const std::string& photo() const { return photo_; }
  Nanos sent_at() const { return sent_at_; }

 private:
  void send_bytes() {
    asks_location_ = false;
    constexpr std::string_view name = "Location: ";
    const std::string_view head = answer_.head();
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) throw Failure("an upload has no address");
    const std::string_view location = head.substr(at + name.size(), head.find('\r', at) - at - name.size());
    const std::string& bytes = picture_.next(photo_);
    const std::string fields =
        std::string{piece_fields} + "Upload-Offset: 0\r\n" + length_field("Content-Length", bytes.size());
    phone_.channel.send(request("PATCH", location, phone_.token, {}, fields) + bytes);
  }

  Phone& phone_;
  bool in_two_;
  std::uint32_t& number_;
  Picture picture_;
  std::string photo_;
  Answer answer_;
  Nanos sent_at_ = 0;
  bool asks_location_ = false;
};

}  // namespace

Photos send_photos(std::span<Phone> phones, bool in_two, double seconds, std::uint32_t& number,
                   const Server& server) {
  std::vector<Sender> senders;
  senders.reserve(phones.size());
  Poller poller;
  for (auto& phone : phones) {
    poller.add(phone.channel.fd(), static_cast<std::uint32_t>(senders.size()));
    senders.emplace_back(phone, in_two, number);
  }
  Histogram times;
  std::size_t under_way = senders.size();
  bool measuring = false;
  for (auto& sender : senders)
    sender.send();
  const auto run_until = [&](Nanos end, bool go_on) {
    while (now() < end && under_way > 0)
      poller.wait(100, [&](std::uint32_t index) {
        Sender& sender = senders[index];
        if (!sender.read()) return;
        if (measuring) times.add(now() - sender.sent_at());
        if (go_on)
          sender.send();
        else
          --under_way;
      });
  };
  run_until(now() + second, true);
  measuring = true;
  const Usage before = server.usage();
  const Nanos start = now();
  run_until(start + static_cast<Nanos>(seconds * static_cast<double>(second)), true);
  const Nanos end = now();
  const Usage after = server.usage();
  const auto whole = static_cast<double>(times.count());
  measuring = false;
  run_until(end + 30 * second, false);
  if (under_way > 0) throw Failure("photos were not answered within 30 s");
  Photos result{.connections = phones.size(),
                .in_two = in_two,
                .per_second = whole * static_cast<double>(second) / static_cast<double>(end - start),
                .p50_ms = times.quantile_ms(0.5),
                .p99_ms = times.quantile_ms(0.99),
                .spent = after - before,
                .per_commit = 0};
  if (result.spent.commits > 0) result.per_commit = whole / static_cast<double>(result.spent.commits);
  return result;
}

Thumbs make_thumbs(Phone& phone, std::size_t count, std::uint32_t& number) {
  Histogram times;
  for (std::size_t i = 0; i < count; ++i) {
    Sender sender{phone, false, number};
    sender.send();
    while (!sender.read())
      phone.channel.wait(-1);
    const std::string sighting = uuid_of(number++);
    std::string body = report_body(places().front());
    body.replace(body.rfind('}'), 1, R"(,"photos":[")" + sender.photo() + "\"]}");
    call(phone.channel, request("PUT", "/v1/sightings/" + sighting, phone.token, body), created);
    const std::string ask = request("GET", "/v1/photos/" + sender.photo() + "?variant=thumb", phone.token);
    const Nanos start = now();
    call(phone.channel, ask, ok);
    times.add(now() - start);
  }
  return {.count = count, .p50_ms = times.quantile_ms(0.5), .p99_ms = times.quantile_ms(0.99)};
}

Videos send_videos(std::span<Phone> phones, std::uint32_t& number, const Server& server) {
  const std::string base = read_file("video.mp4");
  constexpr std::size_t piece = 256UL * 1024;
  Videos result{.count = phones.size(), .kib_before = server.resident_kib()};
  const Nanos start = now();
  for (auto& phone : phones) {
    const std::size_t box = video_bytes - base.size();
    const std::string fields = std::string{piece_fields} + length_field("Upload-Length", video_bytes) +
                               length_field("Content-Length", video_bytes) +
                               metadata_field(uuid_of(number++));
    std::string begin = request("POST", "/v1/uploads", phone.token, {}, fields) + base;
    for (int shift = 24; shift >= 0; shift -= 8)
      begin += static_cast<char>((box >> static_cast<unsigned>(shift)) & 0xffU);
    begin += "free" + uuid_of(number++);
    phone.channel.send(begin);
  }
  constexpr std::size_t box_head = 8 + 36;
  const std::string zeros(piece, '\0');
  for (std::size_t left = video_bytes - base.size() - box_head; left > 0; left -= std::min(left, piece))
    for (auto& phone : phones)
      phone.channel.send(std::string_view{zeros}.substr(0, std::min(left, piece)));
  for (auto& phone : phones) {
    Answer answer;
    while (!answer.read(phone.channel))
      if (!phone.channel.wait(60'000)) throw Failure("a video was not answered");
    if (answer.status() != created)
      throw Failure("a video was answered " + std::to_string(answer.status()) + ": " +
                    std::string(answer.body()));
  }
  const double took = static_cast<double>(now() - start) / static_cast<double>(second);
  result.mib_per_second = static_cast<double>(video_bytes >> 20U) * static_cast<double>(phones.size()) / took;
  result.kib_after = server.resident_kib();
  result.kib_peak = server.peak_kib();
  return result;
}

}  // namespace waystation::bench
