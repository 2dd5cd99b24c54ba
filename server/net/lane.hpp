#pragma once
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/wait_traits.hpp>

#include "server/net/stream.hpp"
#include "server/net/task.hpp"

namespace waystation::server {

class Connection;
struct Service;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// One I/O thread and the connections that live on it. What is not marked otherwise is of that thread.
class Lane {
 public:
  explicit Lane(Service& service);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  Executor executor() { return context_->get_executor(); }  // any thread
  std::weak_ptr<asio::io_context> context() const { return context_; }
  Service& service() { return service_; }

  /// Serves a new connection, counted in the census by its caller. Any thread.
  void adopt(Socket socket, SslHandle ssl, std::string remote);
  /// Any thread; each returns at once.
  void drain();
  void cut_all();
  /// Ends the thread. The connections must be gone, and what else waits on the executor be cancelled. The
  /// destructor does it too, but what uses the executor has to outlive the thread and be gone before the
  /// lane.
  void stop();

  bool draining() const { return draining_; }
  /// The value of a Date field, made once a second.
  const std::string& date();

  std::list<Connection*>::iterator enter(Connection& connection);
  void leave(std::list<Connection*>::iterator place);

 private:
  void run();
  void tick();

  Service& service_;
  std::shared_ptr<asio::io_context> context_;
  asio::executor_work_guard<Executor> work_;
  Timer clock_;
  std::list<Connection*> connections_;
  std::chrono::sys_seconds date_of_;
  std::string date_;
  bool draining_ = false;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace waystation::server
