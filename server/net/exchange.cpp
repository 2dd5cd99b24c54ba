#include "server/net/exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <optional>
#include <span>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/sessions.hpp"

namespace waystation::server {

using std::chrono::steady_clock;

namespace {

constexpr std::size_t head_piece = 4UL * 1024;
constexpr std::size_t drained_body = 64UL * 1024;
/// How long a handler may take before the peer is watched: most take less, and a peer that has said all it
/// had to say, and closed its side, still gets their answers.
constexpr std::chrono::seconds unwatched{1};
/// All X-Forwarded-For fields as one (RFC 9110 §5.3).
std::string forwarded_for(const RequestHead& head) {
  std::string all;
  for (const auto& [name, value] : head.fields) {
    if (name != "x-forwarded-for") continue;
    if (!all.empty()) all += ',';
    all += value;
  }
  return all;
}

bool expects_continue(const RequestHead& head) {
  constexpr std::string_view wanted = "100-continue";
  return std::ranges::equal(head.field("expect"), wanted,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

}  // namespace

Exchange::~Exchange() {
  connection_.service().body_bytes -= accounted_;
}

Task<Exchange::After> Exchange::run() {
  connection_.within(connection_.service().options.head_deadline);
  received_ = connection_.input().size();
  const Read got = co_await read();
  head_ = std::move(parser_.head());
  head_.remote =
      client_of(connection_.remote(), forwarded_for(head_), connection_.service().options.trusted_proxies);
  head_.request_id = new_request_id();
  started_ = steady_clock::now();
  const Doors& doors = connection_.service().doors;
  After after = After::drop;
  if (got != Read::head) {
    after = co_await refuse(got);
  } else if (!parser_.has_body() && doors.is_feed(head_) && !parser_.old_client() && is_websocket(head_)) {
    after = co_await serve_feed(true);
  } else if (!parser_.has_body() && doors.is_feed(head_) && is_event_stream(head_)) {
    after = co_await serve_feed(false);
  } else {
    after = co_await serve_request();
  }
  co_return after;
}

Task<Exchange::Read> Exchange::read() {
  std::string& input = connection_.input();
  for (;;) {
    const auto progress = parser_.feed(input);
    if (!account_body()) co_return Read::overloaded;
    if (progress != RequestParser::Progress::more) co_return read_of(progress);
    if (reading_body_) extend_body_deadline();
    const std::size_t had = input.size();
    input.resize(had + (reading_body_ ? body_piece : head_piece));
    const Transfer got = co_await connection_.stream().read_some(std::span(input).subspan(had));
    input.resize(had + got.bytes);
    received_ += got.bytes;
    if (got.error) co_return connection_.expired() ? Read::expired : Read::gone;
  }
}

Exchange::Read Exchange::read_of(RequestParser::Progress progress) {
  switch (progress) {
    case RequestParser::Progress::head:
      return Read::head;
    case RequestParser::Progress::complete:
      return Read::complete;
    case RequestParser::Progress::malformed:
      return Read::malformed;
    case RequestParser::Progress::too_large:
      return Read::too_large;
    case RequestParser::Progress::too_long:
      return Read::too_long;
    case RequestParser::Progress::more:
      break;
  }
  std::unreachable();
}

Task<Exchange::After> Exchange::refuse(Read why) {
  Doors& doors = connection_.service().doors;
  After after = After::quit;
  if (why == Read::malformed)
    after = co_await respond(doors.problem(400, parser_.fault(), head_), false);
  else if (why == Read::too_large)
    after = co_await respond(
        doors.problem(431, "The head of a request may have 16 KiB and 128 fields.", head_), false);
  else if (why == Read::too_long)
    after = co_await respond(doors.problem(413, "The body is longer than is taken here.", head_), false);
  else if (why == Read::overloaded)
    after = co_await respond(doors.problem(503, "Too many bodies are under way; try again.", head_), false);
  else if (why == Read::unanswered)
    after = co_await respond(doors.problem(503, "No answer came in time.", head_), false);
  else if (why == Read::expired && received_ > 0)
    after = co_await respond(doors.problem(408, "The request took too long to come.", head_), false);
  co_return after;
}

Task<Exchange::After> Exchange::serve_request() {
  Doors& doors = connection_.service().doors;
  Doors::Admission admission = doors.admit(head_);
  if (!admission.refusal && parser_.body_length().value_or(0) > admission.body_limit)
    admission.refusal = doors.problem(413, "The body is longer than is taken here.", head_);
  After after = After::drop;
  if (admission.refusal) {
    after = co_await answer_early(std::move(*admission.refusal));
    co_return after;
  }
  parser_.limit_body(admission.body_limit);
  if (admission.streams) {
    after = co_await serve_stream();
    co_return after;
  }
  if (parser_.has_body()) {
    const bool invited = co_await invite_body();
    if (!invited) co_return After::drop;
    started_ = steady_clock::now();
    reading_body_ = true;
    received_ = 0;
    const Read got = co_await read();
    received_ = std::max<std::size_t>(received_, 1);  // the head came: a time-out is told
    if (got != Read::complete) {
      after = co_await refuse(got);
      co_return after;
    }
  }
  after = co_await handle();
  co_return after;
}

Task<bool> Exchange::invite_body() {
  if (!expects_continue(head_) || parser_.old_client() || !connection_.input().empty()) co_return true;
  allow_writing(0);
  constexpr std::array<std::string_view, 1> parts{"HTTP/1.1 100 Continue\r\n\r\n"};
  const error_code error = co_await connection_.stream().write(parts);
  co_return !error;
}

Task<Exchange::After> Exchange::answer_early(Response response) {
  const bool body = parser_.has_body();
  const bool cheap =
      !body || (parser_.body_length().value_or(drained_body + 1) <= drained_body && !expects_continue(head_));
  After after = co_await respond(std::move(response), parser_.keep_alive() && cheap);
  if (after == After::keep && body) {
    parser_.limit_body(drained_body);
    parser_.discard_body();
    started_ = steady_clock::now();
    reading_body_ = true;
    const Read got = co_await read();
    if (got != Read::complete) after = After::quit;
  }
  co_return after;
}

Task<Exchange::After> Exchange::handle() {
  Service& service = connection_.service();
  const auto slot = connection_.slot<Response>();
  connection_.within(service.options.handler_deadline);
  service.doors.handle({head_, std::move(parser_.body())},
                       [slot](Response response) { slot->set(std::move(response)); });
  const auto watched_from = steady_clock::now() + unwatched;
  connection_.wake_at(watched_from);
  bool peer_left = false;
  while (!slot->ready() && !connection_.expired() && !connection_.is_cut() && !peer_left)
    if (steady_clock::now() < watched_from)
      co_await connection_.wait(*slot);
    else
      peer_left = co_await connection_.wait_watching(*slot);
  After after = After::drop;
  if (connection_.is_cut()) co_return after;
  if (slot->ready())
    after = co_await respond(slot->take(), parser_.keep_alive());
  else if (peer_left)
    log_unanswered();
  else
    after = co_await refuse(Read::unanswered);
  co_return after;
}

Task<Exchange::After> Exchange::serve_feed(bool websocket) {
  Service& service = connection_.service();
  const auto slot = connection_.slot<FeedOpening>();
  connection_.within(service.options.handler_deadline);
  service.doors.open_feed(head_, [slot](FeedOpening opening) { slot->set(std::move(opening)); });
  while (!slot->ready() && !connection_.expired() && !connection_.is_cut())
    co_await connection_.wait(*slot);
  if (connection_.is_cut()) co_return After::drop;
  After after = After::drop;
  if (!slot->ready()) {
    after = co_await refuse(Read::unanswered);
    co_return after;
  }
  FeedOpening opening = slot->take();
  if (!opening.feed) {
    after = co_await respond(std::move(opening.refusal), parser_.keep_alive());
    co_return after;
  }
  std::size_t sent = 0;
  std::exception_ptr failure;
  try {
    if (websocket)
      sent = co_await run_websocket(connection_, head_, *opening.feed);
    else
      sent = co_await run_event_stream(connection_, head_, parser_.old_client(), *opening.feed);
  } catch (...) {
    failure = std::current_exception();
  }
  opening.feed->cancel();
  if (failure) std::rethrow_exception(failure);
  const std::chrono::duration<double, std::milli> took = steady_clock::now() - started_;
  service.doors.log(head_, websocket ? 101 : 200, sent, took.count());
  co_return After::end;
}

bool Exchange::account_body() {
  const std::size_t now = parser_.body().capacity();
  if (now <= accounted_) return true;
  auto& total = connection_.service().body_bytes;
  total += now - accounted_;
  accounted_ = now;
  return total <= connection_.service().options.max_body_bytes;
}

void Exchange::extend_body_deadline() {
  const auto patience = connection_.service().options.body_deadline;
  connection_.until(std::min(steady_clock::now() + patience, started_ + patience + transfer_time(received_)));
}

void Exchange::log_unanswered() {
  constexpr int client_gone = 499;  // in no standard, but what operators know from other servers
  const std::chrono::duration<double, std::milli> took = steady_clock::now() - started_;
  connection_.service().doors.log(head_, client_gone, 0, took.count());
}

std::chrono::milliseconds Exchange::transfer_time(std::size_t bytes) {
  constexpr std::chrono::milliseconds per_kibibyte{1000};  // the slowest rate borne
  return per_kibibyte * (bytes / 1024);
}

}  // namespace waystation::server
