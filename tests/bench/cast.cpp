#include "tests/bench/cast.hpp"

#include <nlohmann/json.hpp>

#include "tests/bench/http.hpp"

namespace waystation::bench {

using Json = nlohmann::json;

Cast::Cast(const Server& server, const CastFiles& files)
    : files_(files), tls_(client_tls(server.authority())), port_(server.port()) {}

std::vector<std::string> Cast::enrol(std::size_t count) {
  Channel channel = connect();
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < count; ++i) {
    const Json body{{"invite", files_.invites.at(invites_used_++)},
                    {"device", "phone " + std::to_string(i)},
                    {"display_name", "informant " + std::to_string(i)}};
    const Answer answer = call(channel, request("POST", "/v1/enrol", "", body.dump()), 200);
    tokens.push_back(Json::parse(answer.body()).at("token"));
  }
  return tokens;
}

std::string Cast::log_in(std::string_view username) const {
  Channel channel = connect();
  const Json body{{"username", username}, {"password", files_.password}};
  const Answer answer = call(channel, request("POST", "/v1/login", "", body.dump()), 200);
  return Json::parse(answer.body()).at("token");
}

std::string Cast::latest_cursor(const std::string& token) const {
  constexpr int most = 1000;
  Channel channel = connect();
  std::string cursor;
  for (;;) {
    const Answer answer = call(channel, sync_request(token, cursor, most), 200);
    cursor = cursor_in(answer.body());
    if (!more_in(answer.body())) return cursor;
  }
}

std::string sync_request(std::string_view token, std::string_view cursor, int limit) {
  std::string body = R"({"cursor":)";
  body += cursor.empty() ? "null" : "\"" + std::string(cursor) + "\"";
  body += R"(,"limit":)" + std::to_string(limit) + R"(,"commands":[]})";
  return request("POST", "/v1/sync", token, body);
}

std::string cursor_in(std::string_view body) {
  constexpr std::string_view name = R"("cursor":")";
  const std::size_t at = body.rfind(name);
  if (at == std::string_view::npos) throw Failure("an answer to sync without a cursor");
  const std::size_t from = at + name.size();
  return std::string(body.substr(from, body.find('"', from) - from));
}

bool more_in(std::string_view body) {
  return body.rfind(R"("more":true)") != std::string_view::npos;
}

}  // namespace waystation::bench
