#pragma once
#include <functional>
#include <string>

#include "server/api/http.hpp"

namespace waystation::server {

/// The doors of the metrics' own address: GET /metrics, in Prometheus' text format 0.0.4, and nothing else.
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

/// One number: "# TYPE name type\nname value\n".
std::string metric(std::string_view name, std::string_view type, std::uint64_t value);
/// Bytes of memory this process has now.
std::uint64_t resident_bytes();

}  // namespace waystation::server
