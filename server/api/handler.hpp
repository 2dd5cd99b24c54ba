#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "certs/receipt.hpp"
#include "protocol/json.hpp"
#include "protocol/problem.hpp"
#include "server/api/cursor.hpp"
#include "server/api/http.hpp"
#include "server/settings.hpp"
#include "storage/store.hpp"

namespace waystation::server {

class ActiveUploads;
class Hub;
class Limiter;
class Metrics;
class Passwords;

/// What all handlers stand on. Each member outlives every call; each may be used from any thread.
struct Context {
  storage::Store& store;
  ActiveUploads& uploads;
  media::Media& media;
  Hub& hub;
  Limiter& limiter;
  Passwords& passwords;
  const LiveSettings& settings;
  const certs::SigningKey& receipt_key;
  const CursorCoder& cursors;
  Metrics& metrics;
  /// Plain words for the operator's log.
  std::function<void(const std::string&)> warn;
};

/// One request as a handler sees it.
struct Call {
  RequestHead head;
  /// What the path has at the route's `{…}`, decoded, in their order.
  std::vector<std::string> params;
  /// The query's names and values, decoded.
  std::vector<std::pair<std::string, std::string>> query;
  /// Set on every route that is not public.
  std::optional<storage::Caller> caller;
  protocol::Json body;

  // The service lets nobody in without a caller where a route is not public.
  // NOLINTBEGIN(bugprone-unchecked-optional-access)
  const storage::Caller& known_caller() const { return *caller; }
  const protocol::Actor& actor() const { return caller->actor; }
  const protocol::Uuid& device() const { return caller->device; }
  // NOLINTEND(bugprone-unchecked-optional-access)
  /// The first value of that name in the query.
  std::optional<std::string> option(std::string_view name) const;
};

/// A good answer. Problems are the other side of Result.
struct Answer {
  int status = 200;
  std::string body;
  std::string type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields{};
  BodySource source{};
  /// The bytes of `body` and `source` together, where they are known.
  std::optional<std::uint64_t> length{};
};

Answer json_answer(const protocol::Json& json, int status = 200);

using protocol::problem;
using protocol::Result;

/// Handlers are plain functions, run on a storage thread: on a reader, or on the writer inside its batch. A
/// write handler appends nothing before it knows that it will not answer a problem. What needs neither, or
/// both, or a wait, is run on the I/O thread and answers when it can, without blocking there.
using ReadHandler = Result<Answer> (*)(Context&, storage::Connection&, const Call&);
using WriteHandler = Result<Answer> (*)(Context&, storage::WriteTx&, const Call&);
using Done = std::function<void(Result<Answer>)>;
using FlowHandler = void (*)(Context&, std::shared_ptr<const Call>, Done);
/// Takes a body that is streamed: looks up what it belongs to, and opens what takes it (or answers a
/// problem). Run on the I/O thread like a FlowHandler.
using SinkDone = std::function<void(Result<std::shared_ptr<BodySink>>)>;
using SinkHandler = void (*)(Context&, std::shared_ptr<const Call>, SinkDone);

/// An answer as HTTP says it to whoever asked so; `compress` where it is worth its while and gzip is taken.
Response respond(const Context& context, const RequestHead& head, Result<Answer> result,
                 bool compress = false);

/// Runs a write (a read) on the store and answers; `overloaded` when too many wait.
void run_write(Context& context, std::function<Result<Answer>(storage::WriteTx&)> write, Done done);
void run_read(Context& context, std::function<Result<Answer>(storage::Connection&)> read, Done done);

/// Who may use a route: a set of roles, everybody who is known, or the public. A route that names nobody
/// denies.
struct Access {
  protocol::SetOf<protocol::Role> roles;
  bool open_to_public = false;
};

struct Route {
  Method method;
  /// As in the contract: "/v1/sightings/{id}/commands".
  std::string_view path;
  Access access;
  /// The most bytes of a body; 0 takes none.
  std::size_t body_limit;
  std::variant<ReadHandler, WriteHandler, FlowHandler, SinkHandler> handler;
  /// gzip is worth its while here.
  bool compress = false;
};

/// All routes of the service, in one table (routes.cpp).
std::span<const Route> routes();

}  // namespace waystation::server
