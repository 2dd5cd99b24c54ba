#include <algorithm>
#include <array>
#include <vector>

#include "tests/bench/clock.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/http.hpp"
#include "tests/bench/sighting.hpp"
#include "tests/bench/workloads.hpp"

namespace waystation::bench {
namespace {

constexpr int page = 500;
constexpr std::size_t rounds = 3;

/// Many reports a request, as a phone sends that was long without a network.
void fill(const Cast& cast, std::string_view token, std::uint32_t sightings) {
  constexpr std::uint32_t most_commands = 200;
  Channel channel = cast.connect();
  for (std::uint32_t number = 0; number < sightings;) {
    std::string body = R"({"cursor":null,"limit":1,"commands":[)";
    for (std::uint32_t i = 0; i < most_commands && number < sightings; ++i, ++number) {
      const std::string id = uuid_of(number);
      const std::string report = report_body(places()[number % places().size()]);
      if (i > 0) body += ',';
      body += R"({"id":")";
      body += id;
      body += R"(","sighting":")";
      body += id;
      body += R"(","name":"report","body":)";
      body += report;
      body += '}';
    }
    body += "]}";
    const Answer answer = call(channel, request("POST", "/v1/sync", token, body), 200);
    if (answer.body().find("rejected") != std::string_view::npos)
      throw Failure("a report was rejected: " + std::string(answer.body().substr(0, 400)));
  }
}

/// Notes the sightings of a page; each may come once.
std::uint64_t note(std::string_view body, std::vector<bool>& seen) {
  constexpr std::string_view name = R"("id":")";
  // Nothing but the sighting itself has an id here, and its text is longer than this.
  constexpr std::size_t least = 300;
  std::uint64_t count = 0;
  for (std::size_t at = body.find(name); at != std::string_view::npos;
       at = at + least < body.size() ? body.find(name, at + least) : std::string_view::npos) {
    const auto number = number_of(body.substr(at + name.size(), 36));
    if (!number || *number >= seen.size() || seen[*number])
      throw Failure("a page has what it should not: " + std::string(body.substr(at, 60)));
    seen[*number] = true;
    ++count;
  }
  return count;
}

CatchUp read_all(const Server& server, const Cast& cast, const std::string& token, std::uint32_t sightings) {
  Channel channel = cast.connect();
  std::vector<bool> seen(sightings);
  Histogram times;
  CatchUp result;
  std::string cursor;
  Answer answer;
  const Usage before = server.usage();
  const Nanos start = now();
  for (bool more = true; more;) {
    const Nanos asked = now();
    call(channel, sync_request(token, cursor, page), 200, answer);
    times.add(now() - asked);
    result.records += note(answer.body(), seen);
    result.bytes += answer.body().size();
    cursor = cursor_in(answer.body());
    more = more_in(answer.body());
  }
  const Nanos took = now() - start;
  result.spent = server.usage() - before;
  if (result.records != sightings)
    throw Failure("of " + std::to_string(sightings) + " sightings " + std::to_string(result.records) +
                  " came");
  result.per_second =
      static_cast<double>(result.records) * static_cast<double>(second) / static_cast<double>(took);
  result.p50_ms = times.quantile_ms(0.5);
  return result;
}

}  // namespace

CatchUp catch_up(const Server& server, Cast& cast, std::uint32_t sightings) {
  fill(cast, cast.enrol(1).front(), sightings);
  const std::string token = cast.log_in("root");
  std::array<CatchUp, rounds> results;
  for (CatchUp& result : results)
    result = read_all(server, cast, token, sightings);
  std::ranges::sort(results, {}, &CatchUp::per_second);
  return results[rounds / 2];
}

}  // namespace waystation::bench
