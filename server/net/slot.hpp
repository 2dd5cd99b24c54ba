#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "server/net/task.hpp"

namespace waystation::server {

/// What one coroutine waits for until another thread, or another coroutine of its I/O thread, says so.
class Signal : public std::enable_shared_from_this<Signal> {
 public:
  /// `context` is the waiting coroutine's; once it is gone, what is told to the signal is dropped.
  explicit Signal(std::weak_ptr<asio::io_context> context) : context_(std::move(context)) {}

  /// Returns when the signal is ready or woken; at once when it is ready. Its I/O thread, one waiter.
  Task<> wait();
  /// Lets a waiter go on without being ready. Its I/O thread; does not resume inline.
  void wake();
  /// Its I/O thread.
  bool ready() const { return ready_; }
  /// Any thread.
  void set();

 protected:
  std::weak_ptr<asio::io_context> context_;
  /// Its I/O thread; resumes the waiter inline.
  void become_ready();

 private:
  std::move_only_function<void()> resume_;
  bool ready_ = false;
};

/// A signal that brings a value: the other side of a callback.
template <class T>
class Slot : public Signal {
 public:
  using Signal::Signal;

  /// Any thread, once.
  void set(T value) {
    const auto context = context_.lock();
    if (!context) return;
    asio::post(*context, [self = std::static_pointer_cast<Slot>(shared_from_this()),
                          value = std::move(value)]() mutable {
      self->value_ = std::move(value);
      self->become_ready();
    });
  }
  /// The value, once ready. Its I/O thread.
  T take() { return std::move(*value_); }  // NOLINT(bugprone-unchecked-optional-access): ready() says so

 private:
  std::optional<T> value_;
};

}  // namespace waystation::server
