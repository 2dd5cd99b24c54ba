#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/http.hpp"
#include "server/net/connection.hpp"
#include "server/net/request_parser.hpp"
#include "server/net/response_head.hpp"
#include "server/net/task.hpp"

namespace waystation::server {

class SinkPump;

/// One request and its response. Lives only while there is one: an idle connection has no parser and no
/// buffers.
class Exchange {
 public:
  explicit Exchange(Connection& connection) : connection_(connection) {}
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// What becomes of the connection afterwards.
  enum class After : std::uint8_t {
    keep,  // the next request may come
    end,   // it ends in order, once the peer has read the last answer
    quit,  // it ends in order at once
    drop,  // it breaks off, which tells the peer that something is missing
  };
  /// The connection's input has the first bytes of the request.
  Task<After> run();

 private:
  enum class Read : std::uint8_t {
    head,
    complete,
    malformed,
    too_large,
    too_long,
    expired,
    overloaded,
    unanswered,  // whoever had to answer, or to take the body, did not in time
    unwanted,    // the sink takes no more
    gone
  };
  static constexpr std::size_t body_piece = 16UL * 1024;  // read at once: a TLS record
  /// What a body source gave, told from its thread.
  struct Piece {
    std::optional<std::string> bytes;
    bool failed = false;
  };

  /// Reads on until the head, or the whole request.
  Task<Read> read();
  /// What progress means, save for `more`.
  static Read read_of(RequestParser::Progress progress);
  Task<After> refuse(Read why);
  Task<After> serve_request();
  Task<After> serve_feed(bool websocket);
  Task<After> serve_stream();
  /// Reads the body and hands it on as it comes, all that came before it broke off.
  Task<Read> stream_body(SinkPump& pump);
  Task<After> end_stream(SinkPump& pump, Read got);
  /// Sends an answer to a request whose body was not read, and reads the body away where that is cheap.
  Task<After> answer_early(Response response);
  Task<bool> invite_body();
  Task<After> handle();
  Task<After> respond(Response response, bool keep);
  Task<bool> send_source(Response& response, Framing framing, std::string head, std::size_t& sent);
  std::shared_ptr<Slot<Piece>> ask(std::shared_ptr<const BodySource> source);
  /// False.
  bool warn_of_length() const;
  /// The body in memory, counted against all others; false when it is too much.
  bool account_body();
  void extend_body_deadline();
  void allow_writing(std::size_t bytes);
  static std::chrono::milliseconds transfer_time(std::size_t bytes);
  /// The access log's line for a request whose client went before its answer.
  void log_unanswered();

  Connection& connection_;
  RequestParser parser_;
  RequestHead head_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::size_t accounted_ = 0;
  std::size_t received_ = 0;
  bool reading_body_ = false;
};

}  // namespace waystation::server
