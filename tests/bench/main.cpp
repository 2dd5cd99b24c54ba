// The load generator; `run` makes what it needs and starts it.
#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <sys/resource.h>

#include "tests/bench/report.hpp"
#include "tests/bench/workloads.hpp"

namespace waystation::bench {
namespace {

constexpr std::string_view usage =
    "usage: waystation-bench --program FILE --folder DIR [--seconds N] [--only LIST] [--subscribers N] "
    "[--json FILE]\n"
    "DIR has seed/ (a data folder), invites (one a line) and password.\n";

struct Options {
  std::filesystem::path program, folder, json;
  double seconds = 10;
  std::size_t subscribers = 500;
  std::vector<std::string> only;  // empty: all

  bool asks_for(std::string_view workload) const {
    return only.empty() || std::ranges::find(only, workload) != only.end();
  }
};

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    parts.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

template <class T>
bool read_number(std::string_view text, T& number, T least) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= least;
}

bool read_options(const std::vector<std::string_view>& words, Options& options) {
  constexpr std::array<std::string_view, 6> workloads{"limits", "w1", "w2", "w3", "w4", "idle"};
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string_view name = words[i];
    const std::string_view value = words[i + 1];
    bool good = true;
    if (name == "--program")
      options.program = value;
    else if (name == "--folder")
      options.folder = value;
    else if (name == "--json")
      options.json = value;
    else if (name == "--seconds")
      good = read_number(value, options.seconds, 1.0);
    else if (name == "--subscribers")
      good = read_number(value, options.subscribers, std::size_t{1});
    else if (name == "--only")
      options.only = split(value);
    else
      good = false;
    if (!good) return false;
  }
  const bool known = std::ranges::all_of(options.only, [&](const std::string& workload) {
    return std::ranges::find(workloads, workload) != workloads.end();
  });
  return words.size() % 2 == 0 && known && !options.program.empty() && !options.folder.empty();
}

CastFiles read_cast(const std::filesystem::path& folder) {
  CastFiles files;
  std::ifstream invites{folder / "invites"};
  for (std::string line; std::getline(invites, line);)
    files.invites.push_back(line);
  std::ifstream password{folder / "password"};
  std::getline(password, files.password);
  if (files.invites.empty() || files.password.empty()) throw Failure("the folder has no invites or password");
  return files;
}

/// Every workload has a server and a copy of the data folder of its own, so that none finds what another
/// left.
class Run {
 public:
  explicit Run(const Options& options) : options_(options), files_(read_cast(options.folder)) {}

  Report run() {
    const double limit_seconds = std::min(options_.seconds, 3.0);
    if (options_.asks_for("limits"))
      report_.limits = measure_limits(options_.folder, options_.folder / "seed", limit_seconds);
    if (options_.asks_for("idle")) {
      report_.connections = with_server(
          "idle", [](const Server& server, Cast& cast) { return idle_connections(server, cast, 2000); });
      report_.feeds = with_server(
          "idle-feeds", [](const Server& server, Cast& cast) { return idle_feeds(server, cast, 2000); });
    }
    if (options_.asks_for("w1")) create();
    if (options_.asks_for("w2")) send_files();
    if (options_.asks_for("w3"))
      report_.delivery = with_server("w3", [&](const Server& server, Cast& cast) {
        return deliver(server, cast, options_.subscribers, 2 * options_.seconds);
      });
    if (options_.asks_for("w4"))
      report_.catch_up =
          with_server("w4", [](const Server& server, Cast& cast) { return catch_up(server, cast, 100'000); });
    return report_;
  }

 private:
  template <class Work>
  std::invoke_result_t<Work, const Server&, Cast&> with_server(const std::string& name, Work work) {
    std::cerr << name << " …\n";
    const Server server{options_.program, options_.folder / "seed", options_.folder / name};
    report_.rest_kib = server.resident_kib();
    Cast cast{server, files_};
    return work(server, cast);
  }

  void create() {
    with_server("w1", [&](const Server& server, Cast& cast) {
      constexpr std::size_t most = 64;
      const auto tokens = cast.enrol(most);
      std::uint32_t number = 0;
      for (const std::size_t connections : {std::size_t{1}, std::size_t{8}, most}) {
        auto phones = connect_phones(cast, std::span(tokens).first(connections));
        report_.creations.push_back(create_sightings(phones, options_.seconds, number, &server));
      }
      report_.creations_peak_kib = server.peak_kib();
    });
  }

  void send_files() {
    constexpr std::size_t connections = 8;
    std::uint32_t number = 0;
    with_server("w2", [&](const Server& server, Cast& cast) {
      const auto tokens = cast.enrol(connections);
      auto phones = connect_phones(cast, tokens);
      for (const bool in_two : {false, true})
        report_.photos.push_back(send_photos(phones, in_two, options_.seconds, number, server));
      report_.thumbs = make_thumbs(phones.front(), 50, number);
    });
    with_server("w2-videos", [&](const Server& server, Cast& cast) {
      const auto tokens = cast.enrol(3);
      auto phones = connect_phones(cast, tokens);
      report_.videos = send_videos(phones, number, server);
    });
  }

  const Options& options_;
  CastFiles files_;
  Report report_;
};

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const std::vector<std::string_view>& words) {
  Options options;
  if (!read_options(words, options)) {
    std::cerr << usage;
    return 2;
  }
  raise_file_limit();
  const Report report = Run{options}.run();
  std::cout << to_table(report);
  if (options.json.empty()) return 0;
  std::ofstream file{options.json};
  file << to_json(report);
  file.close();
  if (!file) throw Failure("cannot write " + options.json.string());
  return 0;
}

}  // namespace
}  // namespace waystation::bench

int main(int argc, char** argv) {
  try {
    return waystation::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& failure) {
    std::cerr << "waystation-bench: " << failure.what() << "\n";
    return 1;
  }
}
