#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/api/http.hpp"
#include "storage/histogram.hpp"

namespace waystation::server {

/// What is counted while requests are served. Any thread.
class Metrics {
 public:
  /// One request has ended. `route` is its row in the table (anything else: no such address).
  void request(std::size_t route, int status, double seconds);
  /// Appends the requests' numbers; `name_of` gives the labels of a row, as in `method="GET",route="/v1/me"`.
  void write_requests(std::string& to, const std::function<std::string(std::size_t)>& name_of) const;

  /// From the commit of a change to its hand-over to a feed.
  storage::Seconds feed_lag{0.00025};
  /// Bytes of uploads received; uploads that came whole, and those refused for what they are.
  std::atomic<std::uint64_t> upload_bytes = 0, uploads_whole = 0, uploads_refused = 0;

 private:
  static constexpr std::size_t most_routes = 96;
  struct Row {
    std::array<std::atomic<std::uint64_t>, 5> by_class{};  // 1xx to 5xx
    storage::Seconds seconds{0.00025};
  };
  std::array<Row, most_routes> rows_;
};

/// Appends in Prometheus' text format 0.0.4; names get the prefix "waystation_".
void write_counter(std::string& to, std::string_view name, std::string_view help, double value);
void write_gauge(std::string& to, std::string_view name, std::string_view help, double value);

template <std::size_t Buckets>
void write_histogram(std::string& to, std::string_view name, std::string_view help,
                     const storage::Histogram<Buckets>& histogram);

/// Bytes of memory this process has now.
std::uint64_t resident_bytes();

/// The doors of the metrics' own address: GET /metrics and nothing else.
class MetricsDoors final : public Doors {
 public:
  /// `text` gives the numbers now; any thread.
  explicit MetricsDoors(std::function<std::string()> text) : text_(std::move(text)) {}

  Admission admit(const RequestHead& head) override;
  void handle(Request request, std::function<void(Response)> done) override;
  void open_sink(RequestHead head, std::function<void(SinkOpening)> done) override;
  Response problem(int status, std::string_view detail, const RequestHead& head) override;
  bool is_feed(const RequestHead& head) const override;
  void open_feed(RequestHead head, std::function<void(FeedOpening)> done) override;
  void log(const RequestHead& head, int status, std::size_t bytes, double milliseconds) override;

 private:
  std::function<std::string()> text_;
};

}  // namespace waystation::server
