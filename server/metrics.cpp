#include "server/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>

#include <unistd.h>

namespace waystation::server {
namespace {

Response plain(int status, std::string body) {
  Response response;
  response.status = status;
  response.fields.emplace_back("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = std::move(body);
  return response;
}

void write_head(std::string& to, std::string_view name, std::string_view type, std::string_view help) {
  for (const auto& [word, rest] : {std::pair{"HELP", help}, std::pair{"TYPE", type}}) {
    to += "# ";
    to += word;
    to += " waystation_";
    to += name;
    to += ' ';
    to += rest;
    to += '\n';
  }
}

std::string number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.begin(), text.end(), value).ptr;
  return {text.begin(), end};
}

void write_value(std::string& to, std::string_view name, std::string_view labels, double value) {
  to += "waystation_";
  to += name;
  if (!labels.empty()) {
    to += '{';
    to += labels;
    to += '}';
  }
  to += ' ' + number(value) + '\n';
}

template <std::size_t Buckets>
void write_buckets(std::string& to, std::string_view name, const std::string& labels,
                   const storage::Histogram<Buckets>& histogram) {
  const std::string before = labels.empty() ? "" : labels + ",";
  std::uint64_t total = 0;
  double bound = histogram.least();
  for (std::size_t i = 0; i <= Buckets; ++i, bound *= 2) {
    total += histogram.count(i);
    std::string bucket = before;
    bucket.append("le=\"").append(i == Buckets ? "+Inf" : number(bound)).append("\"");
    write_value(to, std::string{name} + "_bucket", bucket, static_cast<double>(total));
  }
  write_value(to, std::string{name} + "_sum", labels, histogram.sum());
  write_value(to, std::string{name} + "_count", labels, static_cast<double>(total));
}

}  // namespace

Doors::Admission MetricsDoors::admit(const RequestHead& head) {
  if (head.path != "/metrics")
    return {.body_limit = 0, .streams = false, .refusal = plain(404, "there is only /metrics here\n")};
  if (head.method != Method::get && head.method != Method::head) {
    Response response = plain(405, "only GET\n");
    response.fields.emplace_back("Allow", "GET, HEAD");
    return {.body_limit = 0, .streams = false, .refusal = std::move(response)};
  }
  return {.body_limit = 0, .streams = false, .refusal = {}};
}

void MetricsDoors::handle(Request /*request*/, std::function<void(Response)> done) {
  done(plain(200, text_()));
}

void MetricsDoors::open_sink(RequestHead /*head*/, std::function<void(SinkOpening)> done) {
  done({.sink = nullptr, .refusal = plain(404, "nothing is taken here\n")});
}

Response MetricsDoors::problem(int status, std::string_view detail, const RequestHead& /*head*/) {
  return plain(status, std::string{detail} + "\n");
}

bool MetricsDoors::is_feed(const RequestHead& /*head*/) const {
  return false;
}

void MetricsDoors::open_feed(RequestHead /*head*/, std::function<void(FeedOpening)> done) {
  done({.feed = nullptr, .refusal = plain(404, "there is no feed here\n")});
}

void MetricsDoors::log(const RequestHead& /*head*/, int /*status*/, std::size_t /*bytes*/,
                       double /*milliseconds*/) {}

void Metrics::request(std::size_t route, int status, double seconds) {
  Row& row = rows_.at(std::min(route, rows_.size() - 1));
  const auto family = static_cast<std::size_t>(std::clamp(status / 100, 1, 5)) - 1;
  row.by_class.at(family).fetch_add(1, std::memory_order_relaxed);
  row.seconds.observe(seconds);
}

void Metrics::write_requests(std::string& to, const std::function<std::string(std::size_t)>& name_of) const {
  constexpr std::string_view total = "requests_total";
  constexpr std::string_view time = "request_seconds";
  write_head(to, total, "counter", "Requests answered, by route and class of status.");
  for (std::size_t i = 0; i < rows_.size(); ++i)
    for (std::size_t family = 0; family < rows_.at(i).by_class.size(); ++family)
      if (const auto count = rows_.at(i).by_class.at(family).load(std::memory_order_relaxed))
        write_value(to, total, name_of(i) + ",status=\"" + std::to_string(family + 1) + "xx\"",
                    static_cast<double>(count));
  write_head(to, time, "histogram", "From the first byte of a request to the last of its answer, by route.");
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (const Row& row = rows_.at(i); row.seconds.sum() > 0) write_buckets(to, time, name_of(i), row.seconds);
}

void write_counter(std::string& to, std::string_view name, std::string_view help, double value) {
  write_head(to, name, "counter", help);
  write_value(to, name, {}, value);
}

void write_gauge(std::string& to, std::string_view name, std::string_view help, double value) {
  write_head(to, name, "gauge", help);
  write_value(to, name, {}, value);
}

template <std::size_t Buckets>
void write_histogram(std::string& to, std::string_view name, std::string_view help,
                     const storage::Histogram<Buckets>& histogram) {
  write_head(to, name, "histogram", help);
  write_buckets(to, name, {}, histogram);
}
template void write_histogram(std::string&, std::string_view, std::string_view, const storage::Seconds&);
template void write_histogram(std::string&, std::string_view, std::string_view, const storage::Amounts&);

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace waystation::server
