#include "server/net/sink_pump.hpp"

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/connection.hpp"

namespace waystation::server {

SinkPump::SinkPump(Connection& connection)
    : service_(connection.service()),
      context_(connection.lane().context()),
      guard_(service_.blocking.get_executor()),
      strand_(service_.blocking.get_executor()) {}

SinkPump::~SinkPump() {
  if (!sink_) return;
  asio::post(guard_.get_executor(), [sink = std::move(sink_), &service = service_] {
    try {
      sink->end(false, [](const Response&) {});
    } catch (const std::exception& error) {
      service.warn(std::string("a body sink failed: ") + error.what());
    }
  });
}

void SinkPump::give(std::string& piece) {
  collect();
  std::string bytes = std::exchange(piece, std::exchange(room_, {}));
  if (bytes.empty()) return;
  taken_ = std::make_shared<Slot<Taken>>(context_);
  asio::post(strand_, [self = shared_from_this(), slot = taken_, bytes = std::move(bytes)]() mutable {
    self->take(bytes);
    bytes.clear();
    slot->set({.wants_more = !self->refused_, .room = std::move(bytes)});
  });
}

Signal& SinkPump::settled() {
  if (taken_) return *taken_;
  if (!nothing_) nothing_ = std::make_shared<Signal>(context_);
  return *nothing_;
}

bool SinkPump::wants_more() {
  collect();
  return wants_more_;
}

void SinkPump::collect() {
  if (!taken_ || !taken_->ready()) return;
  Taken taken = std::exchange(taken_, nullptr)->take();
  wants_more_ = taken.wants_more;
  room_ = std::move(taken.room);
}

std::shared_ptr<SinkPump::Outcome> SinkPump::end(bool whole) {
  auto outcome = std::make_shared<Outcome>(context_);
  asio::post(strand_, [self = shared_from_this(), outcome, whole] { self->finish(whole, outcome); });
  return outcome;
}

void SinkPump::take(const std::string& piece) {
  if (refused_) return;
  try {
    refused_ = !sink_->take(piece);
  } catch (const std::exception& error) {
    service_.warn(std::string("a body sink failed: ") + error.what());
    refused_ = failed_ = true;
  }
}

void SinkPump::finish(bool whole, const std::shared_ptr<Outcome>& outcome) {
  const auto sink = std::exchange(sink_, nullptr);
  try {
    sink->end(whole && !failed_, [outcome, failed = failed_](Response answer) {
      outcome->set(failed ? std::nullopt : std::optional(std::move(answer)));
    });
  } catch (const std::exception& error) {
    service_.warn(std::string("a body sink failed: ") + error.what());
    outcome->set(std::nullopt);
  }
}

}  // namespace waystation::server
