// The server's door to pictures, for scripts. A line of JSON in, one out, in order:
//   {"file":F}                                  →
//   {"media_type":…,"width":…,"height":…,"at"?:…,"lat"?:…,"lon"?:…}
//   {"file":F,"variant":"view","to":T}          → {}
//   {"file":F,"blank_to":T}                     → {"patches":…}: a copy as the server shows it
//   {"file":F,"times":N}                        → {"seconds":…}: N inspections, as many at once as the door
//   holds
// or {"fault":…}. Each has "ms". The last line tells {"peak_rss_kb":…}, the most any child process took.
#include <chrono>
#include <deque>
#include <fstream>
#include <future>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "server/media/media.hpp"
#include "server/media/movie.hpp"

namespace {

using namespace waystation::server::media;
using nlohmann::json;

constexpr std::size_t at_once = 500;

const char* name_of(Fault fault) {
  switch (fault) {
    case Fault::unknown:
      return "unknown";
    case Fault::unreadable:
      return "unreadable";
    case Fault::too_large:
      return "too_large";
    case Fault::too_long:
      return "too_long";
    case Fault::damaged:
      return "damaged";
    case Fault::unavailable:
      return "unavailable";
  }
  return "?";
}

std::expected<Found, Fault> inspect(Media& media, const std::string& file) {
  std::promise<std::expected<Found, Fault>> promise;
  media.inspect(file, [&promise](auto found) { promise.set_value(std::move(found)); });
  return promise.get_future().get();
}

json inspected(Media& media, const std::string& file) {
  const auto found = inspect(media, file);
  if (!found) return {{"fault", name_of(found.error())}};
  json answer{{"media_type", found->media_type}, {"width", found->width}, {"height", found->height}};
  if (const auto& at = found->exif.at) answer["at"] = waystation::protocol::to_string(*at);
  if (const auto& place = found->exif.place) {
    answer["lat"] = place->lat;
    answer["lon"] = place->lon;
  }
  return answer;
}

json made(Media& media, const json& asked) {
  const Variant variant = asked.at("variant") == "thumb" ? Variant::thumb : Variant::view;
  std::promise<std::optional<Fault>> promise;
  media.make(asked.at("file").get<std::string>(), variant, asked.at("to").get<std::string>(),
             [&promise](auto fault) { promise.set_value(fault); });
  const auto fault = promise.get_future().get();
  return fault ? json{{"fault", name_of(*fault)}} : json::object();
}

json blanked(const json& asked) {
  std::ifstream file{asked.at("file").get<std::string>(), std::ios::binary};
  std::string all{std::istreambuf_iterator<char>{file}, {}};
  const ReadAt read = [&all](std::uint64_t offset, std::size_t size) {
    return offset < all.size() ? all.substr(offset, size) : std::string{};
  };
  const auto patches = blanking_of(read, all.size());
  std::ofstream to{asked.at("blank_to").get<std::string>(), std::ios::binary};
  // In pieces, as it is sent.
  constexpr std::size_t piece_size = 10'007;
  for (std::size_t at = 0; at < all.size(); at += piece_size) {
    std::string piece = all.substr(at, piece_size);
    apply(patches, at, piece);
    to << piece;
  }
  return {{"patches", patches.size()}};
}

json repeated(Media& media, const std::string& file, int times) {
  int faults = 0;
  std::deque<std::future<bool>> waiting;
  const auto start = std::chrono::steady_clock::now();
  const auto take = [&] {
    if (!waiting.front().get()) ++faults;
    waiting.pop_front();
  };
  for (int count = 0; count < times; ++count) {
    if (waiting.size() == at_once) take();
    auto promise = std::make_shared<std::promise<bool>>();
    waiting.push_back(promise->get_future());
    media.inspect(file, [promise](auto found) { promise->set_value(found.has_value()); });
  }
  while (!waiting.empty())
    take();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {{"seconds", spent.count()}, {"faults", faults}};
}

json answer_to(Media& media, const json& asked) {
  if (asked.contains("blank_to")) return blanked(asked);
  if (asked.contains("times")) return repeated(media, asked.at("file"), asked.at("times"));
  if (asked.contains("variant")) return made(media, asked);
  return inspected(media, asked.at("file"));
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: waystation-media PROGRAM\n";
    return 2;
  }
  auto media = open_media(words[1], {}, [](const std::string& warning) { std::cerr << warning << "\n"; });
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto start = std::chrono::steady_clock::now();
    json answer = answer_to(*media, json::parse(line));
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    answer["ms"] = spent.count();
    std::cout << answer.dump() << std::endl;
  }
  media.reset();
  rusage used{};
  (void)::getrusage(RUSAGE_CHILDREN, &used);
  std::cout << json{{"peak_rss_kb", used.ru_maxrss}}.dump() << std::endl;
}
