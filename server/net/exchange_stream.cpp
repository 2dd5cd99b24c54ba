#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "server/net/exchange.hpp"
#include "server/net/sink_pump.hpp"

namespace waystation::server {

namespace {

constexpr std::size_t max_piece = 128UL * 1024;

}  // namespace

Task<Exchange::After> Exchange::serve_stream() {
  Service& service = connection_.service();
  const auto pump = std::make_shared<SinkPump>(connection_);
  const auto opened = connection_.slot<Response>();
  connection_.within(service.options.handler_deadline);
  service.doors.open_sink(head_, [pump, opened](SinkOpening opening) {
    pump->open(std::move(opening.sink));
    opened->set(std::move(opening.refusal));
  });
  while (!opened->ready() && !connection_.expired() && !connection_.is_cut())
    co_await connection_.wait(*opened);
  if (connection_.is_cut()) co_return After::drop;
  After after = After::drop;
  if (!opened->ready()) {
    after = co_await refuse(Read::unanswered);
    co_return after;
  }
  if (!pump->is_open()) {
    after = co_await answer_early(opened->take());
    co_return after;
  }

  Read got = Read::complete;
  started_ = std::chrono::steady_clock::now();
  if (parser_.has_body()) {
    const bool invited = co_await invite_body();
    if (!invited) co_return After::drop;
    got = co_await stream_body(*pump);
  }
  after = co_await end_stream(*pump, got);
  co_return after;
}

Task<Exchange::Read> Exchange::stream_body(SinkPump& pump) {
  std::string& input = connection_.input();
  received_ = 0;
  for (;;) {
    const auto progress = parser_.feed(input);
    std::string& piece = parser_.body();
    if (progress != RequestParser::Progress::more) {
      pump.give(piece);
      co_return read_of(progress);
    }
    const bool has_room = piece.size() + body_piece <= max_piece;
    if (has_room) {
      const std::size_t had = input.size();
      input.resize(had + body_piece);
      const Transfer got = connection_.stream().read_now(std::span(input).subspan(had));
      input.resize(had + got.bytes);
      received_ += got.bytes;
      if (!got.error) continue;
      if (got.error != asio::error::would_block) {
        pump.give(piece);
        co_return Read::gone;
      }
    }
    // All that has come is here, or as much as is held: it is handed on, and the next awaited meanwhile.
    if (!pump.busy()) {
      if (!pump.wants_more()) co_return Read::unwanted;
      pump.give(piece);
      if (!has_room) continue;
    }
    if (has_room) {
      extend_body_deadline();
      co_await connection_.wait_or_input(pump.settled());
    } else {
      connection_.within(connection_.service().options.handler_deadline);
      co_await connection_.wait(pump.settled());
    }
    if (!connection_.expired() && !connection_.is_cut()) continue;
    pump.give(piece);
    if (connection_.is_cut()) co_return Read::gone;
    co_return has_room ? Read::expired : Read::unanswered;
  }
}

Task<Exchange::After> Exchange::end_stream(SinkPump& pump, Read got) {
  Service& service = connection_.service();
  const auto outcome = pump.end(got == Read::complete || got == Read::unwanted);
  if (got == Read::gone) {
    log_unanswered();
    co_return After::drop;
  }
  if (got != Read::unanswered) connection_.within(service.options.handler_deadline);
  while (!outcome->ready() && !connection_.expired() && !connection_.is_cut())
    co_await connection_.wait(*outcome);
  if (connection_.is_cut()) co_return After::drop;
  After after = After::drop;
  if (!outcome->ready()) {
    after = co_await refuse(Read::unanswered);
  } else if (got != Read::complete && got != Read::unwanted) {
    received_ = std::max<std::size_t>(received_, 1);  // the head came: a time-out is told
    after = co_await refuse(got);
  } else {
    auto answer = outcome->take();
    if (!answer) answer = service.doors.problem(500, "The body could not be kept.", head_);
    after = co_await respond(*std::move(answer), parser_.keep_alive() && got == Read::complete);
  }
  co_return after;
}

}  // namespace waystation::server
