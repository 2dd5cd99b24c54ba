#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/channel.hpp"
#include "tests/bench/server.hpp"

namespace waystation::bench {

/// Who takes part, as `run` made them: a password that all share and one invite a line.
struct CastFiles {
  std::string password;
  std::vector<std::string> invites;
};

/// The clients of one server.
class Cast {
 public:
  Cast(const Server& server, const CastFiles& files);

  SSL_CTX* tls() const { return tls_.get(); }
  std::uint16_t port() const { return port_; }
  Channel connect() const { return {tls_.get(), port_}; }

  /// Tokens of that many freshly enrolled informants.
  std::vector<std::string> enrol(std::size_t count);
  /// The token of a dispatcher: "root" or "district".
  std::string log_in(std::string_view username) const;
  /// The cursor behind everything that account sees now.
  std::string latest_cursor(const std::string& token) const;

 private:
  const CastFiles& files_;
  std::shared_ptr<SSL_CTX> tls_;
  std::uint16_t port_;
  std::size_t invites_used_ = 0;
};

/// One page of POST /v1/sync without commands.
std::string sync_request(std::string_view token, std::string_view cursor, int limit);
/// What its answer says at its end.
std::string cursor_in(std::string_view body);
bool more_in(std::string_view body);

}  // namespace waystation::bench
