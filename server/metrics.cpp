#include "server/metrics.hpp"

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

std::string metric(std::string_view name, std::string_view type, std::uint64_t value) {
  const std::string full = "waystation_" + std::string{name};
  return "# TYPE " + full + " " + std::string{type} + "\n" + full + " " + std::to_string(value) + "\n";
}

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace waystation::server
