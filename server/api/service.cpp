#include "server/api/service.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>

#include "protocol/codec.hpp"
#include "server/api/encoding.hpp"
#include "server/api/other_sites.hpp"
#include "server/feed/hub.hpp"
#include "server/metrics.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Problem;
using protocol::Slug;

constexpr std::string_view cookie_name = "__Host-waystation=";
constexpr std::size_t compress_from = 1024;
/// Of a body where none is taken: clients send `{}` with anything, and it is ignored.
constexpr std::size_t ignored_body = 1U << 20U;

std::size_t body_limit_of(const Route& route) {
  return route.body_limit > 0 ? route.body_limit : ignored_body;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  const auto hex = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> options;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view option = query.substr(0, end);
    const auto equals = std::min(option.find('='), option.size());
    if (!option.empty())
      options.emplace_back(percent_decode(option.substr(0, equals), true),
                           equals < option.size() ? percent_decode(option.substr(equals + 1), true) : "");
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return options;
}

/// Matches a path against a route's; fills what stands at its `{…}`.
bool matches(std::string_view route, std::string_view path, std::vector<std::string>& params) {
  params.clear();
  for (;;) {
    const auto route_end = std::min(route.find('/'), route.size());
    const auto path_end = std::min(path.find('/'), path.size());
    const std::string_view segment = route.substr(0, route_end);
    if (segment.starts_with('{')) {
      if (path_end == 0) return false;
      params.push_back(percent_decode(path.substr(0, path_end), false));
    } else if (segment != path.substr(0, path_end)) {
      return false;
    }
    const bool route_ends = route_end == route.size();
    const bool path_ends = path_end == path.size();
    if (route_ends || path_ends) return route_ends && path_ends;
    route.remove_prefix(route_end + 1);
    path.remove_prefix(path_end + 1);
  }
}

struct Match {
  const Route* route = nullptr;
  std::vector<std::string> params;
  /// Methods the path has, where this one is none of them.
  std::string allow;
};

constexpr std::array<std::string_view, 7> method_names{"GET",   "HEAD",   "PUT",    "POST",
                                                       "PATCH", "DELETE", "OPTIONS"};

std::string_view name_of_method(Method method) {
  const auto at = static_cast<std::size_t>(method);
  return at < method_names.size() ? method_names.at(at) : "OTHER";
}

/// The method meant: clients that know no PATCH or DELETE say it in a field of a POST (tus 1.0.0).
Method method_of(const RequestHead& head) {
  const std::string_view other = head.field("x-http-method-override");
  if (head.method != Method::post || other.empty()) return head.method;
  const auto found = std::ranges::find(method_names, other);
  return static_cast<Method>(
      std::min<std::ptrdiff_t>(found - method_names.begin(), static_cast<std::ptrdiff_t>(Method::other)));
}

Match find_route(const RequestHead& head) {
  Match match;
  std::vector<std::string> params;
  const Method method = method_of(head);
  const bool own_head = std::ranges::any_of(routes(), [&](const Route& route) {
    return route.method == Method::head && matches(route.path, head.path, params);
  });
  const Method wanted = method == Method::head && !own_head ? Method::get : method;
  for (const Route& route : routes()) {
    if (!matches(route.path, head.path, params)) continue;
    if (route.method == wanted) {
      match.route = &route;
      match.params = std::move(params);
      return match;
    }
    match.allow += (match.allow.empty() ? "" : ", ") + std::string{name_of_method(route.method)};
    if (route.method == Method::get && !own_head) match.allow += ", HEAD";
  }
  return match;
}

std::optional<std::string_view> cookie_token(std::string_view cookies) {
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    std::string_view cookie = cookies.substr(0, end);
    while (cookie.starts_with(' '))
      cookie.remove_prefix(1);
    if (cookie.starts_with(cookie_name)) return cookie.substr(cookie_name.size());
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return std::nullopt;
}

bool has_token(std::string_view list, std::string_view wanted) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::ranges::search(list, wanted, same).begin() != list.end();
}

bool same_origin(const RequestHead& head) {
  const std::string_view origin = head.field("origin");
  const std::string_view host = head.field("host");
  constexpr std::string_view scheme = "https://";
  return !host.empty() && origin.starts_with(scheme) && origin.substr(scheme.size()) == host;
}

/// The token of a browser's WebSocket rides as a subprotocol.
std::optional<std::string_view> subprotocol_token(std::string_view offered) {
  constexpr std::string_view prefix = "bearer.";
  while (!offered.empty()) {
    const auto end = std::min(offered.find(','), offered.size());
    std::string_view one = offered.substr(0, end);
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    if (one.starts_with(prefix)) return one.substr(prefix.size());
    offered.remove_prefix(std::min(end + 1, offered.size()));
  }
  return std::nullopt;
}

Response to_response(const Problem& problem) {
  Response response;
  response.status = protocol::status_of(problem.slug);
  response.fields.emplace_back("Content-Type", "application/problem+json");
  response.fields.emplace_back("Cache-Control", "no-store");
  response.body = to_json(problem).dump(-1, ' ', false, Json::error_handler_t::replace);
  if (problem.slug == Slug::unauthenticated) response.fields.emplace_back("WWW-Authenticate", "Bearer");
  if (problem.slug == Slug::overloaded || problem.slug == Slug::rate_limited)
    response.fields.emplace_back("Retry-After", std::to_string(std::max(problem.retry_after, 1)));
  if (problem.slug == Slug::upgrade_required) response.fields.emplace_back("Upgrade", "websocket");
  return response;
}

Response to_response(Result<Answer> result, bool compress) {
  if (!result) return to_response(result.error());
  Response response;
  response.status = result->status;
  response.fields = std::move(result->fields);
  const bool says_cache =
      std::ranges::any_of(response.fields, [](const auto& f) { return f.first == "Cache-Control"; });
  if (!says_cache) response.fields.emplace_back("Cache-Control", "no-store");
  response.body = std::move(result->body);
  response.source = std::move(result->source);
  response.length = result->length;
  if (!response.body.empty() || response.source) response.fields.emplace_back("Content-Type", result->type);
  if (compress && !response.source && response.body.size() >= compress_from)
    if (auto packed = gzip(response.body)) {
      response.body = *std::move(packed);
      response.fields.emplace_back("Content-Encoding", "gzip");
    }
  if (compress) response.fields.emplace_back("Vary", "Accept-Encoding");
  return response;
}

class Service final : public Doors {
 public:
  Service(Context& context, std::function<void(const std::string&)> access_log)
      : context_(context), access_log_(std::move(access_log)) {}

  Admission admit(const RequestHead& head) override {
    Admission admission = judge(head);
    if (admission.refusal) add_fields(context_, head, *admission.refusal);
    return admission;
  }

  void handle(Request request, std::function<void(Response)> done) override {
    const auto refuse = [&](Response response) {
      add_fields(context_, request.head, response);
      done(std::move(response));
    };
    Match match = find_route(request.head);
    if (match.route == nullptr) return refuse(refuse_path(match));
    const Route& route = *match.route;
    auto caller = authorise(request.head, route);
    if (!caller) return refuse(to_response(caller.error()));
    auto call = call_of(std::move(request.head), std::move(match.params), *std::move(caller));
    if (route.body_limit > 0) {
      auto body = protocol::parse_json(request.body);
      if (!body) return done(respond(context_, call->head, std::unexpected(body.error())));
      call->body = *std::move(body);
    }
    const bool compress = route.compress && accepts_coding(call->head.field("accept-encoding"), "gzip");
    run(route, call, [this, call, done = std::move(done), compress](Result<Answer> result) {
      done(respond(context_, call->head, std::move(result), compress));
    });
  }

  void open_sink(RequestHead head, std::function<void(SinkOpening)> done) override {
    const auto refuse = [&](Response response) {
      add_fields(context_, head, response);
      done({.sink = nullptr, .refusal = std::move(response)});
    };
    Match match = find_route(head);
    const auto* handler = match.route == nullptr ? nullptr : std::get_if<SinkHandler>(&match.route->handler);
    if (handler == nullptr) return refuse(refuse_path(match));
    auto caller = authorise(head, *match.route);
    if (!caller) return refuse(to_response(caller.error()));
    const auto call = call_of(std::move(head), std::move(match.params), *std::move(caller));
    (*handler)(context_, call,
               [this, call, done = std::move(done)](Result<std::shared_ptr<BodySink>> opened) {
                 SinkOpening opening;
                 if (opened)
                   opening.sink = *std::move(opened);
                 else
                   opening.refusal = respond(context_, call->head, std::unexpected(opened.error()));
                 done(std::move(opening));
               });
  }

  Response problem(int status, std::string_view detail, const RequestHead& /*head*/) override {
    for (Slug slug : {Slug::malformed, Slug::too_large, Slug::overloaded, Slug::internal})
      if (protocol::status_of(slug) == status) return to_response(server::problem(slug, std::string{detail}));
    Response response;
    response.status = status;
    response.fields.emplace_back("Content-Type", "application/problem+json");
    response.body =
        Json{{"type", "about:blank"}, {"title", detail}, {"status", status}, {"detail", detail}}.dump();
    return response;
  }

  bool is_feed(const RequestHead& head) const override {
    if (head.method != Method::get || head.path != "/v1/feed") return false;
    return has_token(head.field("upgrade"), "websocket") ||
           has_token(head.field("accept"), "text/event-stream");
  }

  void open_feed(RequestHead head, std::function<void(FeedOpening)> done) override {
    const auto refuse = [](const Problem& why) {
      return FeedOpening{.feed = nullptr, .refusal = to_response(why)};
    };
    auto caller = authenticate(head, subprotocol_token(head.field("sec-websocket-protocol")));
    if (!caller) return done(refuse(caller.error()));
    if (caller->actor.role == protocol::Role::admin)
      return done(refuse(server::problem(Slug::forbidden, "an administrator sees no sightings")));
    std::string cursor{head.field("last-event-id")};
    for (const auto& [name, value] : parse_query(head.query))
      if (name == "cursor" && cursor.empty()) cursor = value;
    auto shared = std::make_shared<std::function<void(FeedOpening)>>(std::move(done));
    const bool taken = context_.store.read(
        [this, caller = *caller, cursor, shared, refuse](storage::Connection& db) {
          auto feed = context_.hub.open(db, caller, cursor);
          (*shared)(feed ? FeedOpening{.feed = std::move(feed), .refusal = {}}
                         : refuse(protocol::invalid("/cursor", "is not a cursor")));
        },
        [shared, refuse](const Problem& why) { (*shared)(refuse(why)); });
    if (!taken) (*shared)(refuse(server::problem(Slug::overloaded, "too many requests wait")));
  }

  void log(const RequestHead& head, int status, std::size_t bytes, double milliseconds) override {
    const Match match = find_route(head);
    // The route as it stands in the table: a path may hold a code that opens a report to whoever reads it.
    std::string line;
    protocol::ObjectText text{line};
    text.member("at", context_.store.now())
        .member("level", "info")
        .member("request", head.request_id)
        .member("method", name_of_method(head.method))
        .member("route", match.route != nullptr ? match.route->path : std::string_view{"-"})
        .member("status", status)
        .member("bytes", bytes)
        .member("ms", std::round(milliseconds * 1000) / 1000)
        .end();
    access_log_(line);
    const auto row =
        match.route == nullptr ? SIZE_MAX : static_cast<std::size_t>(match.route - routes().data());
    context_.metrics.request(row, status, milliseconds / 1000);
  }

 private:
  Admission judge(const RequestHead& head) const {
    if (auto preflight = answer_preflight(context_, head))
      return {.body_limit = 0, .streams = false, .refusal = std::move(preflight)};
    const Match match = find_route(head);
    if (match.route == nullptr) return {.body_limit = 0, .streams = false, .refusal = refuse_path(match)};
    if (auto let_in = authorise(head, *match.route); !let_in)
      return {.body_limit = 0, .streams = false, .refusal = to_response(let_in.error())};
    if (auto wrong = check_body_fields(head, *match.route))
      return {.body_limit = 0, .streams = false, .refusal = to_response(*wrong)};
    return {.body_limit = body_limit_of(*match.route),
            .streams = std::holds_alternative<SinkHandler>(match.route->handler),
            .refusal = {}};
  }

  static std::shared_ptr<Call> call_of(RequestHead head, std::vector<std::string> params,
                                       std::optional<storage::Caller> caller) {
    auto call = std::make_shared<Call>();
    call->params = std::move(params);
    call->query = parse_query(head.query);
    call->caller = std::move(caller);
    call->head = std::move(head);
    return call;
  }

  static Response refuse_path(const Match& match) {
    if (match.allow.empty())
      return to_response(server::problem(Slug::not_found, "there is nothing at this address"));
    Response response =
        to_response(server::problem(Slug::method_not_allowed, "this address has " + match.allow));
    response.fields.emplace_back("Allow", match.allow);
    return response;
  }

  Result<storage::Caller> authenticate(const RequestHead& head,
                                       std::optional<std::string_view> other_token) const {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view authorization = head.field("authorization");
    std::optional<std::string_view> token = other_token;
    bool by_cookie = false;
    if (authorization.size() > scheme.size() && has_token(authorization.substr(0, scheme.size()), scheme)) {
      token = authorization.substr(scheme.size());
    } else if (!token) {
      token = cookie_token(head.field("cookie"));
      by_cookie = token.has_value();
    }
    if (!token) return std::unexpected(server::problem(Slug::unauthenticated, "log in, or enrol this phone"));
    auto caller = context_.store.directory().authenticate(storage::sha256(*token));
    if (!caller)
      return std::unexpected(
          server::problem(Slug::unauthenticated, "this token is not known, or was revoked"));
    const bool reads = head.method == Method::get || head.method == Method::head;
    const bool upgrades = has_token(head.field("upgrade"), "websocket");
    if (by_cookie && (!reads || upgrades) && !same_origin(head))
      return std::unexpected(server::problem(Slug::forbidden, "this came from another site"));
    return *std::move(caller);
  }

  Result<std::optional<storage::Caller>> authorise(const RequestHead& head, const Route& route) const {
    if (route.access.open_to_public) return std::nullopt;
    auto caller = authenticate(head, std::nullopt);
    if (!caller) return std::unexpected(caller.error());
    if (!route.access.roles.has(caller->actor.role))
      return std::unexpected(server::problem(Slug::forbidden, "this is not for your role"));
    return std::optional{*std::move(caller)};
  }

  static std::optional<Problem> check_body_fields(const RequestHead& head, const Route& route) {
    if (const std::string_view encoding = head.field("content-encoding");
        !encoding.empty() && encoding != "identity")
      return server::problem(Slug::unsupported_media_type, "bodies are taken without Content-Encoding");
    const std::string_view type = head.field("content-type");
    const bool json =
        type.empty() || has_token(type, "application/json") || has_token(type, "application/geo+json");
    const bool streams = std::holds_alternative<SinkHandler>(route.handler);
    if (route.body_limit > 0 && !streams && !json)
      return server::problem(Slug::unsupported_media_type, "the body must be application/json");
    const std::string_view length = head.field("content-length");
    constexpr std::size_t many_digits = 12;
    if (length.size() > many_digits ||
        (!length.empty() && std::stoull(std::string{length}) > body_limit_of(route)))
      return server::problem(Slug::too_large,
                             "a body may have " + std::to_string(body_limit_of(route)) + " bytes here");
    return std::nullopt;
  }

  void run(const Route& route, std::shared_ptr<const Call> call, Done done) {
    if (const auto* read = std::get_if<ReadHandler>(&route.handler)) {
      run_read(
          context_, [this, read, call](storage::Connection& db) { return (*read)(context_, db, *call); },
          std::move(done));
    } else if (const auto* write = std::get_if<WriteHandler>(&route.handler)) {
      run_write(
          context_, [this, write, call](storage::WriteTx& tx) { return (*write)(context_, tx, *call); },
          std::move(done));
    } else if (const auto* flow = std::get_if<FlowHandler>(&route.handler)) {
      (*flow)(context_, std::move(call), std::move(done));
    } else {
      done(std::unexpected(server::problem(Slug::internal, "this address takes streams")));
    }
  }

  Context& context_;
  std::function<void(const std::string&)> access_log_;
};

}  // namespace

std::string route_labels(std::size_t row) {
  if (row >= routes().size()) return R"(method="-",route="-")";
  const Route& route = routes()[row];
  return "method=\"" + std::string{name_of_method(route.method)} + "\",route=\"" + std::string{route.path} +
         "\"";
}

Response respond(const Context& context, const RequestHead& head, Result<Answer> result, bool compress) {
  Response response = to_response(std::move(result), compress);
  add_fields(context, head, response);
  return response;
}

std::unique_ptr<Doors> create_doors(Context& context, std::function<void(const std::string&)> access_log) {
  return std::make_unique<Service>(context, std::move(access_log));
}

std::optional<std::string> Call::option(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

Answer json_answer(const Json& json, int status) {
  return {.status = status, .body = json.dump()};
}

void run_write(Context& context, std::function<Result<Answer>(storage::WriteTx&)> write, Done done) {
  struct Job {
    std::function<Result<Answer>(storage::WriteTx&)> write;
    Done done;
    Result<Answer> result;
  };
  auto job =
      std::make_shared<Job>(Job{.write = std::move(write), .done = std::move(done), .result = Answer{}});
  const bool taken = context.store.write([job](storage::WriteTx& tx) { job->result = job->write(tx); },
                                         [job](std::optional<Problem> failed) {
                                           if (failed)
                                             job->done(std::unexpected(*std::move(failed)));
                                           else
                                             job->done(std::move(job->result));
                                         });
  if (!taken) job->done(std::unexpected(problem(Slug::overloaded, "too many writes wait")));
}

void run_read(Context& context, std::function<Result<Answer>(storage::Connection&)> read, Done done) {
  auto shared = std::make_shared<Done>(std::move(done));
  const bool taken = context.store.read(
      [read = std::move(read), shared](storage::Connection& db) {
        Result<Answer> result = read(db);
        (*shared)(std::move(result));
      },
      [shared](Problem failed) { (*shared)(std::unexpected(std::move(failed))); });
  if (!taken) (*shared)(std::unexpected(problem(Slug::overloaded, "too many reads wait")));
}

}  // namespace waystation::server
