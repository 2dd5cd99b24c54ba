#include "tests/bench/report.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <thread>

#include <nlohmann/json.hpp>
#include <sys/utsname.h>

namespace waystation::bench {
namespace {

using Json = nlohmann::ordered_json;

std::string processor() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string kernel() {
  utsname name{};
  ::uname(&name);
  return std::string(name.sysname) + " " + name.release;
}

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 256> text{};
  const int size = std::snprintf(text.data(), text.size(), pattern, values...);
  return {text.data(), static_cast<std::size_t>(size)};
}

double mib(std::uint64_t kib) {
  return static_cast<double>(kib) / 1024;
}

std::string cores(const Spent& spent) {
  return format("server %.2f cores (busiest thread %.2f), generator %.2f", spent.cores, spent.busiest_thread,
                spent.own_cores);
}

Json json_of(const Spent& spent) {
  return {{"seconds", spent.seconds},
          {"server_cores", spent.cores},
          {"busiest_thread_cores", spent.busiest_thread},
          {"generator_cores", spent.own_cores}};
}

Json json_of(const Creation& creation) {
  return {{"connections", creation.connections},
          {"acknowledged_per_second", creation.per_second},
          {"p50_ms", creation.p50_ms},
          {"p99_ms", creation.p99_ms},
          {"acknowledged_per_commit", creation.per_commit},
          {"kib_written_each", creation.kib_written},
          {"spent", json_of(creation.spent)}};
}

Json json_of(const Photos& photos) {
  return {{"connections", photos.connections},
          {"requests_each", photos.in_two ? 2 : 1},
          {"whole_per_second", photos.per_second},
          {"p50_ms", photos.p50_ms},
          {"p99_ms", photos.p99_ms},
          {"whole_per_commit", photos.per_commit},
          {"spent", json_of(photos.spent)}};
}

Json json_of(const Videos& videos) {
  return {{"count", videos.count},
          {"resident_kib_before", videos.kib_before},
          {"resident_kib_after", videos.kib_after},
          {"peak_kib", videos.kib_peak},
          {"mib_per_second", videos.mib_per_second}};
}

Json json_of(const Delivery& delivery) {
  return {{"subscribers", delivery.subscribers}, {"writes_per_second", delivery.writes_per_second},
          {"expected", delivery.expected},       {"missing", delivery.expected - delivery.delivered},
          {"repeated", delivery.repeated},       {"p50_ms", delivery.p50_ms},
          {"p99_ms", delivery.p99_ms},           {"spent", json_of(delivery.spent)}};
}

Json json_of(const CatchUp& catch_up) {
  return {{"records", catch_up.records},
          {"bytes", catch_up.bytes},
          {"records_per_second", catch_up.per_second},
          {"page_p50_ms", catch_up.p50_ms},
          {"spent", json_of(catch_up.spent)}};
}

Json json_of(const Idle& idle) {
  return {{"connections", idle.connections}, {"kib_each", idle.kib_each}};
}

Json json_of(const Limits& limits) {
  return {{"fdatasync_per_second", limits.fdatasync_per_second},
          {"sqlite_rows_per_second", limits.rows_per_second},
          {"tls_answers_per_second", limits.answers_per_second},
          {"tls_answers_p50_ms", limits.answers_p50_ms},
          {"tls_answers_p99_ms", limits.answers_p99_ms}};
}

class Table {
 public:
  void row(std::string_view what, const std::string& result, const std::string& more) {
    text_ += format("%-34.*s %16s   %s\n", static_cast<int>(what.size()), what.data(), result.c_str(),
                    more.c_str());
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_photos(Table& table, const Report& report) {
  for (const Photos& photos : report.photos)
    table.row(format("W2 photos of 300 KiB, in %s", photos.in_two ? "two" : "one"),
              format("%.0f files/s", photos.per_second),
              format("connections %zu, p50 %.2f p99 %.2f ms, %.1f a commit; ", photos.connections,
                     photos.p50_ms, photos.p99_ms, photos.per_commit) +
                  cores(photos.spent));
  if (const auto& thumbs = report.thumbs)
    table.row("   thumb when first asked for", format("%.1f ms", thumbs->p50_ms),
              format("p99 %.1f ms, of %zu", thumbs->p99_ms, thumbs->count));
  if (const auto& videos = report.videos)
    table.row(format("   %zu videos of 200 MiB at once", videos->count),
              format("%.0f MiB/s", videos->mib_per_second),
              format("resident %.1f MiB before, %.1f after, %.1f at most", mib(videos->kib_before),
                     mib(videos->kib_after), mib(videos->kib_peak)));
}

}  // namespace

std::string to_table(const Report& report) {
  Table table;
  const std::string machine =
      format("%u x %s, %s", std::thread::hardware_concurrency(), processor().c_str(), kernel().c_str());
  if (const auto& limits = report.limits) {
    table.row("limit: fdatasync of 4 KiB", format("%.0f /s", limits->fdatasync_per_second), "");
    table.row("limit: SQLite, 64 rows a commit", format("%.0f rows/s", limits->rows_per_second), "");
    table.row("limit: TLS answers, no storage", format("%.0f /s", limits->answers_per_second),
              format("p50 %.2f p99 %.2f ms", limits->answers_p50_ms, limits->answers_p99_ms));
  }
  for (const Creation& creation : report.creations) {
    table.row(format("W1 create, connections: %zu", creation.connections),
              format("%.0f acks/s", creation.per_second),
              format("p50 %.2f p99 %.2f ms, %.1f acks a commit, %.1f KiB written each; ", creation.p50_ms,
                     creation.p99_ms, creation.per_commit, creation.kib_written) +
                  cores(creation.spent));
    if (report.limits)
      table.row("", "",
                format("%.2f of TLS answers, %.2f of SQLite rows",
                       creation.per_second / report.limits->answers_per_second,
                       creation.per_second / report.limits->rows_per_second));
  }
  if (report.creations_peak_kib)
    table.row("   most memory", format("%.1f MiB", mib(*report.creations_peak_kib)), "");
  add_photos(table, report);
  if (const auto& delivery = report.delivery)
    table.row(
        format("W3 deliver, feeds: %zu", delivery->subscribers),
        format("%.0f writes/s", delivery->writes_per_second),
        format("p50 %.2f p99 %.2f ms, missing %llu, repeated %llu; ", delivery->p50_ms, delivery->p99_ms,
               static_cast<unsigned long long>(delivery->expected - delivery->delivered),
               static_cast<unsigned long long>(delivery->repeated)) +
            cores(delivery->spent));
  if (const auto& catch_up = report.catch_up)
    table.row("W4 catch up, pages of 500", format("%.0f records/s", catch_up->per_second),
              format("%llu records, %.0f bytes each, p50 %.2f ms a page; ",
                     static_cast<unsigned long long>(catch_up->records),
                     static_cast<double>(catch_up->bytes) / static_cast<double>(catch_up->records),
                     catch_up->p50_ms) +
                  cores(catch_up->spent));
  if (const auto& idle = report.connections)
    table.row(format("idle connections: %zu", idle->connections), format("%.1f KiB each", idle->kib_each),
              "");
  if (const auto& idle = report.feeds)
    table.row(format("idle feeds: %zu", idle->connections), format("%.1f KiB each", idle->kib_each), "");
  if (report.rest_kib > 0) table.row("nothing connected", format("%.1f MiB", mib(report.rest_kib)), "");
  return machine + "\n" + table.take();
}

std::string to_json(const Report& report) {
  Json json{
      {"machine",
       {{"processors", std::thread::hardware_concurrency()}, {"model", processor()}, {"kernel", kernel()}}}};
  if (report.limits) json["limits"] = json_of(*report.limits);
  for (const Creation& creation : report.creations)
    json["w1"].push_back(json_of(creation));
  if (report.creations_peak_kib) json["w1_peak_kib"] = *report.creations_peak_kib;
  for (const Photos& photos : report.photos)
    json["w2"].push_back(json_of(photos));
  if (report.thumbs)
    json["w2_thumbs"] = {{"count", report.thumbs->count},
                         {"p50_ms", report.thumbs->p50_ms},
                         {"p99_ms", report.thumbs->p99_ms}};
  if (report.videos) json["w2_videos"] = json_of(*report.videos);
  if (report.delivery) json["w3"] = json_of(*report.delivery);
  if (report.catch_up) json["w4"] = json_of(*report.catch_up);
  if (report.connections) json["idle_connections"] = json_of(*report.connections);
  if (report.feeds) json["idle_feeds"] = json_of(*report.feeds);
  if (report.rest_kib > 0) json["rest_kib"] = report.rest_kib;
  return json.dump(2) + "\n";
}

}  // namespace waystation::bench
