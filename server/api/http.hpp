#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the network folder and the handlers say to each other: HTTP without framing, sockets or TLS.
namespace waystation::server {

enum class Method : std::uint8_t { get, head, put, post, patch, del, options, other };

/// The head of a request, as received.
struct RequestHead {
  Method method = Method::other;
  std::string path;   // percent-encoded, without the query
  std::string query;  // without "?"
  /// Header fields by lower-case name, in the order received.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string remote;      // the client's address, without port
  std::string request_id;  // made by the server, one a request

  /// The first field of that lower-case name, or an empty text.
  std::string_view field(std::string_view name) const {
    for (const auto& [key, value] : fields)
      if (key == name) return value;
    return {};
  }
};

struct Request {
  RequestHead head;
  std::string body;
};

/// The next piece of a long body; nothing at its end. Called on a storage thread, one call at a time.
using BodySource = std::function<std::optional<std::string>()>;

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields{};  // without Content-Length
  std::string body{};
  /// Set for bodies too long to hold: sent after `body`.
  BodySource source{};
  /// The bytes of `body` and `source` together, where they are known: Content-Length. Else chunked.
  std::optional<std::uint64_t> length{};
};

/// Takes the body of one request as it comes. Called on a storage thread, one call at a time.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// The next bytes, up to 256 KiB. False when no more is to be read: end() says why.
  virtual bool take(std::string_view piece) = 0;
  /// Once, after the last piece: `whole` is false where the body broke off, and then nobody reads the answer.
  /// `done` is called exactly once, on any thread, possibly before this returns.
  virtual void end(bool whole, std::function<void(Response)> done) = 0;
};

/// A streamed body is either taken or refused.
struct SinkOpening {
  std::shared_ptr<BodySink> sink;  // null when refused
  Response refusal;
};

/// One message of the feed.
struct FeedMessage {
  std::string type;    // hello, change, caught_up
  std::string cursor;  // the place after it
  std::string json;    // the whole message, as a WebSocket text carries it
};

/// What a feed has to say next: messages, or the end with a WebSocket close code (4401 revoked, 1001 going
/// away, 1011 internal) after them.
struct FeedBatch {
  std::vector<FeedMessage> messages;
  std::optional<std::uint16_t> close;
};

/// One open feed. Owns no queue: what follows is read when it is asked for.
class Feed {
 public:
  virtual ~Feed() = default;
  /// Answers once, on any thread, as soon as there is at least one message or the feed ends; possibly before
  /// this call returns. One call at a time. About 256 KiB at most, or one message.
  virtual void next(std::function<void(FeedBatch)> done) = 0;
  /// Ends the feed from the reader's side: a pending `next` is answered (with an empty batch) and nothing
  /// follows. Any thread, more than once is fine.
  virtual void cancel() = 0;
};

/// A request for the feed is either opened or refused with a problem.
struct FeedOpening {
  std::shared_ptr<Feed> feed;  // null when refused
  Response refusal;
};

/// Everything the network folder asks of the rest. All calls may come from any I/O thread at any time and
/// return at once; a callback is called exactly once, on any thread, possibly before the call returns.
class Doors {
 public:
  virtual ~Doors() = default;

  /// After the head: the most bytes a body may have here (0 where none is taken), whether it is streamed to a
  /// sink instead of held, or the answer that needs no body (wrong path, method, log-in, media type, too
  /// large Content-Length).
  struct Admission {
    std::uint64_t body_limit = 0;
    bool streams = false;
    std::optional<Response> refusal{};
  };
  virtual Admission admit(const RequestHead& head) = 0;

  /// The whole request, after admit() let it in.
  virtual void handle(Request request, std::function<void(Response)> done) = 0;

  /// Opens the sink of a request that streams, body or none, after admit() let it in; `100 Continue` is sent
  /// once it is open. A sink opened is always ended.
  virtual void open_sink(RequestHead head, std::function<void(SinkOpening)> done) = 0;

  /// An answer the network folder itself has to give: a body that went over the limit (413), a head that
  /// is not HTTP (400), a time-out (408), a head too large (431). A problem document where the contract
  /// has a slug for it.
  virtual Response problem(int status, std::string_view detail, const RequestHead& head) = 0;

  /// True if this head asks for the live feed's path with GET: the network folder then opens it as WebSocket
  /// (when the head is an upgrade) or as server-sent events (when it accepts text/event-stream); anything
  /// else goes through admit() and handle(), which answer 426.
  virtual bool is_feed(const RequestHead& head) const = 0;
  /// Opens the feed of this head's caller at this head's cursor (query `cursor`, or Last-Event-ID).
  virtual void open_feed(RequestHead head, std::function<void(FeedOpening)> done) = 0;

  /// One line in the access log when a response or a feed has ended. `bytes` are of the body as sent.
  virtual void log(const RequestHead& head, int status, std::size_t bytes, double milliseconds) = 0;
};

}  // namespace waystation::server
