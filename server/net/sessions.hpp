#pragma once
#include <cstddef>
#include <memory>

#include "server/api/http.hpp"
#include "server/net/connection.hpp"
#include "server/net/task.hpp"

/// The coroutines of a connection, one file each, so that their templates are compiled once.
namespace waystation::server {

/// Serves a connection from its handshake to its end.
Task<> serve(std::unique_ptr<Connection> connection);

/// True if the head asks for a WebSocket in a way this server takes (RFC 6455 §4.2.1).
bool is_websocket(const RequestHead& head);
/// Shakes hands and sends the feed until either side ends it. The bytes of the messages sent.
Task<std::size_t> run_websocket(Connection& connection, const RequestHead& head, Feed& feed);

/// True if the head asks for server-sent events.
bool is_event_stream(const RequestHead& head);
/// Sends the feed as server-sent events until either side ends it; the connection is not to be used again.
/// The bytes of the body.
Task<std::size_t> run_event_stream(Connection& connection, const RequestHead& head, bool old_client,
                                   Feed& feed);

}  // namespace waystation::server
