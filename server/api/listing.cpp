#include <charconv>
#include <cmath>
#include <future>
#include <memory>
#include <utility>

#include "server/api/reading.hpp"
#include "storage/lists.hpp"
#include "storage/sightings.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Problem;
using protocol::Role;
using protocol::Slug;
using storage::lists::Filter;

constexpr std::int64_t most_items = 1000;
constexpr std::int64_t usual_items = 100;
/// Features written into one piece of a streamed collection.
constexpr std::size_t piece = 500;
/// Marks a cursor as the place in a list, not in the log.
constexpr std::uint32_t list_mark = 0x4c495354;
constexpr std::size_t longest_text = 200;

/// Reads the query of a list strictly; faults name the option.
class ListQuery {
 public:
  ListQuery(const Context& context, const Call& call) : context_(context), call_(call) {}

  Filter filter;
  std::optional<std::size_t> limit;
  std::uint64_t below = 0;

  std::optional<Problem> read() {
    each_word("status", [&](const std::string& word) {
      if (protocol::parse_name<protocol::Status>(word) || protocol::parse_name<protocol::CoarseStatus>(word))
        filter.statuses.push_back(word);
      else
        fault("status", "is not a status: " + word);
    });
    each_word("category", [&](const std::string& word) {
      if (const auto category = protocol::parse_name<protocol::Category>(word))
        filter.categories.push_back(*category);
      else
        fault("category", "is not a category: " + word);
    });
    filter.jurisdiction = call_.option("jurisdiction");
    if (filter.jurisdiction)
      if (context_.store.directory().tree()->find(*filter.jurisdiction) == nullptr)
        fault("jurisdiction", "is not a known jurisdiction");
    read_box();
    filter.since = time("since");
    filter.until = time("until");
    filter.text = call_.option("q").value_or("");
    filter.text_since = context_.store.now() - context_.settings->recent;
    if (protocol::code_points(filter.text) > longest_text) fault("q", "must be at most 200 characters");
    if (const auto text = call_.option("limit")) {
      const auto value = number<std::int64_t>(*text);
      if (!value || *value < 1 || *value > most_items)
        fault("limit", "must be a whole number from 1 to 1000");
      else
        limit = static_cast<std::size_t>(*value);
    }
    if (const auto text = call_.option("cursor"); text && !text->empty()) {
      const auto cursor = context_.cursors.decode(*text);
      if (!cursor || cursor->scope != list_mark)
        fault("cursor", "is not a page mark of this list");
      else
        below = cursor->seq;
    }
    if (faults_.empty()) return std::nullopt;
    return protocol::invalid(std::move(faults_));
  }

 private:
  void fault(std::string_view option, std::string detail) {
    faults_.push_back({"/" + std::string{option}, std::move(detail)});
  }

  template <class T>
  static std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  template <class F>
  void each_word(std::string_view option, F&& take) {
    for (const auto& [name, value] : call_.query) {
      if (name != option) continue;
      std::string_view rest = value;
      while (!rest.empty()) {
        const auto end = std::min(rest.find(','), rest.size());
        take(std::string{rest.substr(0, end)});
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
  }

  std::optional<protocol::Time> time(std::string_view option) {
    const auto text = call_.option(option);
    if (!text) return std::nullopt;
    const auto value = protocol::parse_time(*text);
    if (!value) fault(option, "must be a date-time of RFC 3339");
    return value;
  }

  void read_box() {
    const auto text = call_.option("bbox");
    if (!text) return;
    std::vector<double> sides;
    std::string_view rest = *text;
    for (;;) {
      const auto end = std::min(rest.find(','), rest.size());
      const auto side = number<double>(rest.substr(0, end));
      if (!side || !std::isfinite(*side)) break;
      sides.push_back(*side);
      if (end == rest.size()) break;
      rest.remove_prefix(end + 1);
    }
    if (sides.size() != 4 || sides[1] > sides[3])
      return fault("bbox", "must be west,south,east,north in degrees");
    filter.box = {.west = sides[0], .south = sides[1], .east = sides[2], .north = sides[3]};
  }

  const Context& context_;
  const Call& call_;
  std::vector<protocol::FieldError> faults_;
};

/// One sighting as a feature: the answer as it is, its position as the geometry.
std::string feature_of(const std::string& view) {
  Json properties = Json::parse(view);
  const Json& position = properties.at("position");
  const Json feature{
      {"type", "Feature"},
      {"id", properties.at("id")},
      {"geometry", {{"type", "Point"}, {"coordinates", {position.at("lon"), position.at("lat")}}}},
      {"properties", properties}};
  return feature.dump();
}

/// Writes a collection piece by piece, each read in a transaction of its own, so that neither the whole is
/// held in memory nor a reader for as long as the client takes.
class CollectionSource {
 public:
  CollectionSource(Context& context, storage::Scope scope, Filter filter, std::uint64_t below,
                   std::optional<std::size_t> limit)
      : context_(context),
        scope_(std::move(scope)),
        filter_(std::move(filter)),
        below_(below),
        left_(limit) {}

  std::optional<std::string> next() {
    if (done_) return std::nullopt;
    std::string text = first_ ? R"({"type":"FeatureCollection","features":[)" : "";
    const std::size_t asked = left_ ? std::min(*left_, piece) : piece;
    const auto items = read(asked);
    for (const auto& item : items) {
      if (!std::exchange(first_, false)) text += ',';
      text += feature_of(item.json);
      below_ = item.first_seq;
    }
    if (left_) *left_ -= items.size();
    done_ = items.size() < asked || left_ == std::size_t{0};
    first_ = false;
    if (done_) text += "]}";
    return text;
  }

 private:
  std::vector<storage::lists::Item> read(std::size_t asked) {
    std::promise<std::vector<storage::lists::Item>> promise;
    auto future = promise.get_future();
    const auto fail = [&promise](const char* why) {
      promise.set_exception(std::make_exception_ptr(std::runtime_error(why)));
    };
    const bool taken = context_.store.read(
        [&](storage::Connection& db) {
          promise.set_value(storage::lists::page(db, scope_, *context_.store.directory().tree(), filter_,
                                                 below_, asked, context_.store.now()));
        },
        [&](const Problem&) { fail("the database failed while a collection was read"); });
    if (!taken) fail("too many reads wait");
    return future.get();
  }

  Context& context_;
  storage::Scope scope_;
  Filter filter_;
  std::uint64_t below_;
  std::optional<std::size_t> left_;
  bool first_ = true;
  bool done_ = false;
};

void stream_collection(Context& context, const std::shared_ptr<const Call>& call, const ListQuery& query,
                       Done done) {
  auto source = std::make_shared<CollectionSource>(context, storage::scope_of(call->actor()), query.filter,
                                                   query.below, query.limit);
  run_write(
      context,
      [call, source](storage::WriteTx& tx) -> Result<Answer> {
        tx.record_look(call->actor(), {}, "export", {});
        return Answer{
            .status = 200, .body = {}, .type = "application/geo+json", .fields = {}, .source = [source] {
              return source->next();
            }};
      },
      std::move(done));
}

}  // namespace

void list_sightings(Context& context, std::shared_ptr<const Call> call, Done done) {
  ListQuery query{context, *call};
  if (auto wrong = query.read()) return done(std::unexpected(*std::move(wrong)));
  if (call->head.field("accept").find("application/geo+json") != std::string_view::npos) {
    if (call->actor().role == Role::informant)
      return done(std::unexpected(problem(Slug::forbidden, "the collection is for staff")));
    return stream_collection(context, call, query, std::move(done));
  }
  const std::size_t limit = query.limit.value_or(static_cast<std::size_t>(usual_items));
  run_read(
      context,
      [&context, call, limit, below = query.below,
       filter = query.filter](storage::Connection& db) -> Result<Answer> {
        auto items =
            storage::lists::page(db, storage::scope_of(call->actor()), *context.store.directory().tree(),
                                 filter, below, limit + 1, context.store.now());
        const bool more = items.size() > limit;
        if (more) items.pop_back();
        std::string body = "{\"items\":[";
        for (const auto& item : items) {
          if (body.back() != '[') body += ',';
          body += item.json;
        }
        const std::string mark =
            more ? "\"" +
                       context.cursors.encode(
                           {.scope = list_mark, .seq = items.back().first_seq, .floor = 0}) +
                       "\""
                 : "null";
        body += "],\"cursor\":" + mark + "}";
        return Answer{.status = 200, .body = std::move(body)};
      },
      std::move(done));
}

}  // namespace waystation::server
