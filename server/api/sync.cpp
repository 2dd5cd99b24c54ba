#include "server/api/sync.hpp"

#include <charconv>
#include <utility>
#include <vector>

#include "server/api/commands.hpp"
#include "server/feed/hub.hpp"
#include "storage/sightings.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Problem;
using protocol::Slug;
using std::chrono::milliseconds;

constexpr std::size_t most_commands = 200;
constexpr std::int64_t most_changes = 1000;
constexpr std::int64_t usual_changes = 500;
constexpr std::int64_t longest_wait_s = 60;
constexpr std::chrono::minutes clock_tolerance{5};

struct SyncRequest {
  std::string cursor;
  std::size_t limit = static_cast<std::size_t>(usual_changes);
  std::string results = "[]";  // of the commands, as JSON
};

/// One command of many: decided or rejected by itself.
std::string result_of(Context& context, storage::WriteTx& tx, const storage::Caller& caller, const Json& json,
                      milliseconds shift) {
  const auto command = protocol::read_command(json);
  auto applied = command ? apply_command(tx, caller, *context.settings.get(), *command, shift)
                         : Result<Applied>{std::unexpected(command.error())};
  Json result = Json::object();
  result["id"] = nullptr;
  if (json.is_object())
    if (const auto id = json.find("id"); id != json.end() && id->is_string()) result["id"] = *id;
  if (applied) {
    result["status"] = applied->already ? "already_applied" : "applied";
    result["version"] = applied->version;
  } else {
    result["status"] = "rejected";
    result["problem"] = to_json(applied.error());
  }
  return result.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_member(std::string& to, std::string_view name, std::string_view json) {
  to += to.size() > 1 ? ",\"" : "\"";
  to += name;
  to += "\":";
  to += json;
}

struct Page {
  bool changed = false;
  std::uint64_t head = 0;
  Answer answer;
};

Result<Page> read_page(Context& context, storage::Connection& db, const storage::Caller& caller,
                       const SyncRequest& request) {
  const auto point = context.hub.reading_point(db, caller.actor, request.cursor);
  if (!point) return std::unexpected(protocol::invalid("/cursor", "is not a cursor"));
  const storage::Scope scope = storage::scope_of(caller.actor);
  const auto now = context.store.now();
  const auto changes = storage::sightings::changes(db, scope, *context.store.directory().tree(), point->seq,
                                                   point->beginning, request.limit, now);
  Page page;
  page.changed = !changes.items.empty() || point->reset || changes.more;
  page.head = storage::sightings::head(db);
  // Who sees only their own is told of no place but their own: a cursor must not show that others write.
  std::uint64_t upto = changes.upto;
  if (scope.audience.empty() && !changes.more)
    upto = std::max(point->seq, storage::sightings::own_head(db, caller.actor.account));

  // A page may be half a megabyte: it is put together once, where it stays.
  std::size_t size = request.results.size() + 256;
  for (const auto& change : changes.items)
    size += change.json.size() + 1;
  std::string body;
  body.reserve(size);
  body += '{';
  append_member(body, "results", request.results);
  append_member(body, "changes", "[");
  for (std::size_t i = 0; i < changes.items.size(); ++i) {
    if (i > 0) body += ',';
    body += changes.items[i].json;
  }
  body += ']';
  append_member(body, "cursor", "\"" + context.hub.cursor_of(caller.actor, upto, *point) + "\"");
  append_member(body, "more", changes.more ? "true" : "false");
  append_member(body, "server_time", "\"" + protocol::to_string(now) + "\"");
  if (point->reset) append_member(body, "reset", "true");
  body += '}';
  page.answer.body = std::move(body);
  return page;
}

/// Reads; where nothing changed and there is time left, waits and reads again. Who was revoked meanwhile gets
/// nothing.
void answer_sync(Context& context, std::shared_ptr<const Call> call, const SyncRequest& request,
                 std::chrono::steady_clock::time_point deadline, Done done) {
  auto shared_done = std::make_shared<Done>(std::move(done));
  const bool taken = context.store.read(
      [&context, call, request, deadline, shared_done](storage::Connection& db) {
        if (!context.store.directory().is_live(call->caller->device))
          return (*shared_done)(std::unexpected(problem(Slug::unauthenticated, "this device was revoked")));
        auto page = read_page(context, db, *call->caller, request);
        if (!page) return (*shared_done)(std::unexpected(page.error()));
        if (page->changed || std::chrono::steady_clock::now() >= deadline)
          return (*shared_done)(std::move(page->answer));
        context.hub.wait(*call->caller, page->head, deadline,
                         [&context, call, request, deadline, shared_done](bool changed) {
                           // Not changed: the time is over, or the server is ending and nobody is to wait.
                           answer_sync(context, call, request,
                                       changed ? deadline : std::chrono::steady_clock::now(),
                                       std::move(*shared_done));
                         });
      },
      [shared_done](Problem failed) { (*shared_done)(std::unexpected(std::move(failed))); });
  if (!taken) (*shared_done)(std::unexpected(problem(Slug::overloaded, "too many requests wait")));
}

milliseconds shift_of(const std::optional<protocol::Time>& device_time, protocol::Time now) {
  if (!device_time) return {};
  const milliseconds off = now - *device_time;
  return off > clock_tolerance || off < -clock_tolerance ? off : milliseconds{};
}

}  // namespace

void post_sync(Context& context, std::shared_ptr<const Call> call, Done done) {
  std::vector<protocol::FieldError> faults;
  const protocol::Reader reader{call->body, "", faults};
  SyncRequest request;
  std::optional<protocol::Time> device_time;
  std::size_t commands = 0;
  if (reader.is_object()) {
    if (const auto cursor = reader.find("cursor")) request.cursor = cursor->text(1, 200).value_or("");
    if (const auto limit = reader.find("limit"))
      request.limit = static_cast<std::size_t>(limit->integer(1, most_changes).value_or(usual_changes));
    if (const auto time = reader.find("device_time")) device_time = time->time();
    if (const auto list = reader.find("commands"))
      if (const auto items = list->array(0, most_commands)) commands = items->size();
  }
  if (!faults.empty()) return done(std::unexpected(protocol::invalid(std::move(faults))));
  const auto now = std::chrono::steady_clock::now();
  if (commands == 0) return answer_sync(context, std::move(call), request, now, std::move(done));

  struct Job {
    SyncRequest request;
    Done done;
  };
  auto job = std::make_shared<Job>(Job{.request = std::move(request), .done = std::move(done)});
  const milliseconds shift = shift_of(device_time, context.store.now());
  const bool taken = context.store.write(
      [&context, call, job, shift](storage::WriteTx& tx) {
        std::string results = "[";
        for (const Json& command : call->body["commands"]) {
          if (results.size() > 1) results += ',';
          results += result_of(context, tx, *call->caller, command, shift);
        }
        job->request.results = results + "]";
      },
      [&context, call, job, now](std::optional<Problem> failed) {
        if (failed) return job->done(std::unexpected(*std::move(failed)));
        answer_sync(context, call, job->request, now, std::move(job->done));
      });
  if (!taken) job->done(std::unexpected(problem(Slug::overloaded, "too many writes wait")));
}

void get_sync(Context& context, std::shared_ptr<const Call> call, Done done) {
  SyncRequest request;
  request.cursor = call->option("cursor").value_or("");
  std::vector<protocol::FieldError> faults;
  const auto number = [&](std::string_view name, std::int64_t low, std::int64_t high, std::int64_t usual) {
    const auto text = call->option(name);
    if (!text) return usual;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < low || value > high)
      faults.push_back({"/" + std::string{name}, "must be a whole number from " + std::to_string(low) +
                                                     " to " + std::to_string(high)});
    return value;
  };
  const std::int64_t limit = number("limit", 1, most_changes, usual_changes);
  const std::int64_t wait = number("wait", 0, longest_wait_s, 0);
  if (!faults.empty()) return done(std::unexpected(protocol::invalid(std::move(faults))));
  request.limit = static_cast<std::size_t>(limit);
  answer_sync(context, std::move(call), request,
              std::chrono::steady_clock::now() + std::chrono::seconds{wait}, std::move(done));
}

}  // namespace waystation::server
