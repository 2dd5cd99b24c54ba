#include "server/cli/run.hpp"

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "protocol/json.hpp"
#include "server/api/admin.hpp"
#include "server/api/passwords.hpp"
#include "server/cli/backup.hpp"
#include "server/cli/control.hpp"
#include "server/cli/operations.hpp"
#include "server/cli/setup.hpp"
#include "server/cli/status.hpp"
#include "storage/upgrade.hpp"
#include "storage/views.hpp"

namespace waystation::server::cli {
namespace {

using protocol::Json;

constexpr const char* in_use = " is in use by a server that runs; stop it first";

std::string read_file(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (!in) throw std::runtime_error("cannot read " + file);
  return text;
}

/// All of the standard input, without one line end.
std::string read_password() {
  std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

/// Done by the server that has the folder, or here under the folder's lock.
Json perform_request(const CommandLine& line, const Json& request) {
  storage::DataFolder folder{line.value("data"), false};
  // A server that starts or ends has the lock without listening for a moment.
  constexpr int tries = 100;
  for (int i = 0; i < tries; ++i) {
    if (folder.lock()) {
      const auto key = load_receipt_key(folder);
      const auto store = open_store(folder);
      Settings settings = line.settings.service;
      settings.public_url = line.settings.url();
      const LiveSettings live{std::move(settings)};
      return Operations{*store, live, key.public_key()}.run(request);
    }
    const auto answer = ask(folder.control(), request.dump());
    if (answer) {
      auto json = protocol::parse_json(*answer);
      if (!json) throw std::runtime_error("the server's answer cannot be read");
      return *std::move(json);
    }
    if (answer.error() == AskError::broken) throw std::runtime_error("the server ended before it answered");
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  throw std::runtime_error(folder.path().string() + " is in use by another program");
}

Json perform(const CommandLine& line, Json body) {
  Json answer = perform_request(line, {{"operation", line.command}, {"body", std::move(body)}});
  if (const auto error = answer.find("error"); error != answer.end())
    throw std::runtime_error(error->get_ref<const std::string&>());
  return std::move(answer.at("result"));
}

/// The options of these names as members of a body.
Json body_of(const CommandLine& line, std::initializer_list<const char*> names) {
  Json body = Json::object();
  for (const char* name : names)
    if (line.has(name)) body[name] = line.value(name);
  return body;
}

void init(const CommandLine& line) {
  const std::filesystem::path path = line.value("data");
  if (!is_vacant(path)) throw std::runtime_error(path.string() + " is not empty; init makes a new folder");
  std::optional<Json> collection;
  if (line.has("jurisdictions")) {
    auto json = protocol::parse_json(read_file(line.value("jurisdictions")));
    if (!json) throw std::runtime_error(line.value("jurisdictions") + ": " + json.error().detail);
    collection = *std::move(json);
  }
  const std::string password = make_password();
  Undo undo{path};
  storage::DataFolder folder{path, true};
  const auto hosts = line.options.find("host");
  make_keys(folder, hosts == line.options.end() ? std::vector<std::string>{} : hosts->second);
  {
    const auto key = load_receipt_key(folder);
    const auto store = open_store(folder);
    const LiveSettings settings{line.settings.service};
    Operations operations{*store, settings, key.public_key()};
    const auto must = [&](const char* operation, Json body) {
      const Json answer = operations.run({{"operation", operation}, {"body", std::move(body)}});
      if (const auto error = answer.find("error"); error != answer.end())
        throw std::runtime_error(error->get_ref<const std::string&>());
    };
    if (collection) must("jurisdiction import", {{"crs", "wgs84"}, {"file", collection->dump()}});
    must("user add", {{"username", "admin"}, {"password", password}, {"role", "admin"}});
  }
  undo.keep();
  std::cout << "Made " << folder.path().string()
            << "\nIts authority, for phones and browsers: " << (folder.path() / "ca.pem").string()
            << "\nUsername: admin\nPassword: " << password << "\n(shown this once)\n";
}

void print_invites(const CommandLine& line) {
  Json body = body_of(line, {"kind", "jurisdiction", "role", "team", "user"});
  if (line.has("count")) {
    const auto count = protocol::parse_json(line.value("count"));
    body["count"] = count ? *count : Json(line.value("count"));
  }
  const Json items = perform(line, std::move(body));
  if (line.has("json")) {
    std::cout << items.dump() << "\n";
    return;
  }
  for (const Json& item : items)
    std::cout << item.at("url").get_ref<const std::string&>() << "  until "
              << item.at("expires_at").get_ref<const std::string&>() << "\n";
}

void add_unit(const CommandLine& line) {
  const Json made = perform(line, body_of(line, {"name", "jurisdiction", "phone"}));
  std::cout << (line.has("json") ? made.dump() : made.at("id").get_ref<const std::string&>()) << "\n";
}

void add_user(const CommandLine& line) {
  Json body = body_of(line, {"username", "role", "jurisdiction", "team", "station"});
  if (line.has("display-name")) body["display_name"] = line.value("display-name");
  body["password"] = read_password();
  const Json made = perform(line, std::move(body));
  std::cout << made.at("id").get_ref<const std::string&>() << "\n";
}

void import_jurisdictions(const CommandLine& line) {
  const std::string crs = line.has("crs") ? line.value("crs") : "wgs84";
  const Json made = perform(line, {{"crs", crs}, {"file", read_file(line.value("file"))}});
  std::cout << made.at("count").dump() << " jurisdictions\n";
}

void rebuild(const CommandLine& line) {
  storage::DataFolder folder{line.value("data"), false};
  if (!folder.lock()) throw std::runtime_error(folder.path().string() + in_use);
  storage::Connection db{folder.database(), storage::Connection::Mode::write};
  storage::upgrade(db, folder, true,
                   [](const std::string& what) { std::cerr << "waystation: " + what + "\n"; });
  storage::rebuild(db, folder.code_key());
  std::cout << "All views were made anew from " << storage::log::read_head(db).seq << " entries\n";
}

void erase(const CommandLine& line) {
  const Json done = perform(line, body_of(line, {"sighting", "reason"}));
  std::cout << (done.at("already") == true ? "It was erased before\n" : "Erased\n");
}

void verify(const CommandLine& line) {
  Json body = Json::object();
  if (line.has("receipt")) body["receipt"] = read_file(line.value("receipt"));
  const Json found = perform(line, std::move(body));
  std::cout << "The log holds: " << found.at("entries").dump()
            << " entries, each at its place and unchanged\n";
  if (const auto receipt = found.find("receipt"); receipt != found.end())
    std::cout << "The receipt holds: it was signed here, and entry " << receipt->at("place").dump()
              << " is the report of " << receipt->at("sighting").get_ref<const std::string&>() << "\n";
}

void dispatch(const CommandLine& line) {
  if (line.command == "init") return init(line);
  if (line.command == "user add") return add_user(line);
  if (line.command == "user passwd") {
    Json body = body_of(line, {"username"});
    body["password"] = read_password();
    perform(line, std::move(body));
    return;
  }
  if (line.command == "user disable") {
    perform(line, body_of(line, {"username"}));
    return;
  }
  if (line.command == "invite") return print_invites(line);
  if (line.command == "team add" || line.command == "station add") return add_unit(line);
  if (line.command == "jurisdiction import") return import_jurisdictions(line);
  if (line.command == "rebuild") return rebuild(line);
  if (line.command == "erase") return erase(line);
  if (line.command == "verify") return verify(line);
  if (line.command == "backup") return backup(line);
  if (line.command == "restore") return restore(line);
  throw std::logic_error("no such command: " + line.command);
}

}  // namespace

int run(const CommandLine& line) {
  try {
    if (line.command == "status") return status(line);
    dispatch(line);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "waystation: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace waystation::server::cli
