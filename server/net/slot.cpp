#include "server/net/slot.hpp"

#include <boost/asio/async_result.hpp>

namespace waystation::server {

Task<> Signal::wait() {
  if (ready_) co_return;
  const auto keep = [this](auto handler) {
    resume_ = [handler = std::move(handler)]() mutable { std::move(handler)(); };
  };
  co_await asio::async_initiate<decltype(use_task) const, void()>(keep, use_task);
}

void Signal::wake() {
  if (!resume_) return;
  if (const auto context = context_.lock()) asio::post(*context, std::exchange(resume_, nullptr));
}

void Signal::set() {
  if (const auto context = context_.lock())
    asio::post(*context, [self = shared_from_this()] { self->become_ready(); });
}

void Signal::become_ready() {
  ready_ = true;
  if (auto resume = std::exchange(resume_, nullptr)) resume();
}

}  // namespace waystation::server
