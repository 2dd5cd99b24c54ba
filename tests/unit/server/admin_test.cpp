#include "server/api/admin.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>

#include "server/api/passwords.hpp"
#include "server/cli/operations.hpp"
#include "server/cli/setup.hpp"

namespace {

using namespace waystation;
using namespace waystation::server;
using protocol::Json;

Settings with_address(const char* url) {
  Settings settings;
  settings.public_url = url;
  return settings;
}

/// A folder with keys and a small tree, and the operations on it.
struct House {
  House() {
    std::string name = (std::filesystem::temp_directory_path() / "waystation-admin-XXXXXX").string();
    BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    folder = std::make_unique<storage::DataFolder>(path, true);
    cli::make_keys(*folder, {"way.example"});
    store = cli::open_store(*folder);
    key.emplace(cli::load_receipt_key(*folder));
    operations = std::make_unique<cli::Operations>(*store, settings, key->public_key());
    BOOST_TEST(
        run("jurisdiction import", {{"crs", "wgs84"}, {"file", tree({"41", "4101", "4102"})}})["count"] == 3);
  }
  ~House() {
    operations.reset();
    store.reset();
    folder.reset();
    std::filesystem::remove_all(path);
  }
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  static std::string tree(const std::vector<std::string>& codes) {
    Json features = Json::array();
    for (const auto& code : codes)
      features.push_back(
          {{"type", "Feature"},
           {"geometry", nullptr},
           {"properties", {{"code", code}, {"name", code}, {"parent", code == "41" ? Json{} : Json("41")}}}});
    return Json{{"type", "FeatureCollection"}, {"features", features}}.dump();
  }

  Json ask(const char* operation, Json body) {
    return operations->run({{"operation", operation}, {"body", std::move(body)}});
  }
  Json run(const char* operation, Json body) {
    const Json answer = ask(operation, std::move(body));
    BOOST_TEST_REQUIRE(answer.contains("result"), answer.dump());
    return answer["result"];
  }
  std::string refused(const char* operation, Json body) {
    const Json answer = ask(operation, std::move(body));
    BOOST_TEST_REQUIRE(answer.contains("error"), answer.dump());
    return answer["error"].get<std::string>();
  }

  std::filesystem::path path;
  std::unique_ptr<storage::DataFolder> folder;
  std::unique_ptr<storage::Store> store;
  std::optional<certs::SigningKey> key;
  LiveSettings settings{with_address("https://way.example")};
  std::unique_ptr<cli::Operations> operations;
};

BOOST_FIXTURE_TEST_SUITE(admin, House)

BOOST_AUTO_TEST_CASE(an_account_needs_its_unit) {
  const Json base{{"username", "li"}, {"password", "long enough"}};
  const auto with = [&](Json more) {
    Json body = base;
    body.update(more);
    return body;
  };
  BOOST_TEST(refused("user add", with({{"role", "dispatcher"}})) == "jurisdiction is required");
  BOOST_TEST(refused("user add", with({{"role", "dispatcher"}, {"jurisdiction", "99"}})) ==
             "jurisdiction is no jurisdiction that is known");
  BOOST_TEST(refused("user add", with({{"role", "team"}})) == "team is required");
  BOOST_TEST(refused("user add", with({{"role", "station"}})) == "station is required");
  BOOST_TEST(refused("user add", with({{"role", "server"}})) == "role is the server's own");
  BOOST_TEST(refused("user add", with({{"role", "king"}})).starts_with("role must be one of"));
  BOOST_TEST(refused("user add", {{"username", "l i"}, {"password", "long enough"}, {"role", "admin"}})
                 .starts_with("username may have"));
  BOOST_TEST(refused("user add", {{"username", "li"}, {"password", ""}, {"role", "admin"}})
                 .starts_with("password "));
  run("user add", with({{"role", "dispatcher"}, {"jurisdiction", "4101"}}));
  BOOST_TEST(refused("user add", with({{"role", "admin"}})) == "that username is taken");
  const auto account = store->directory().account_by_username("li");
  BOOST_TEST_REQUIRE(account.has_value());
  BOOST_TEST(account->password->starts_with("$argon2id$"));
  const auto team = run("team add", {{"name", "night"}, {"jurisdiction", "4102"}})["id"];
  run("user add", {{"username", "crew"}, {"password", "long enough"}, {"role", "team"}, {"team", team}});
  run("user disable", {{"username", "crew"}});
  BOOST_TEST(store->directory().account_by_username("crew")->disabled);
  BOOST_TEST(refused("user disable", {{"username", "nobody"}}) == "there is no account of that name");
}

BOOST_AUTO_TEST_CASE(an_invite_names_whom_it_is_for) {
  const Json items = run("invite", {{"kind", "patrol"}, {"jurisdiction", "4101"}, {"count", 3}});
  BOOST_TEST(items.size() == 3U);
  BOOST_TEST(items[0]["invite"].get<std::string>().size() == 43U);
  BOOST_TEST(items[0]["url"] == "https://way.example/#enrol=" + items[0]["invite"].get<std::string>());
  BOOST_TEST(refused("invite", {{"kind", "patrol"}}) == "jurisdiction is required");
  BOOST_TEST(refused("invite", {{"kind", "patrol"}, {"jurisdiction", "4101"}, {"count", 1001}})
                 .starts_with("count"));
  BOOST_TEST(refused("invite", {{"user", "nobody"}}).starts_with("user"));
  BOOST_TEST(refused("invite", {{"role", "admin"}}).starts_with("role"));
}

BOOST_AUTO_TEST_CASE(a_tree_keeps_the_codes_in_use) {
  run("team add", {{"name", "night"}, {"jurisdiction", "4102"}});
  const std::string why = refused("jurisdiction import", {{"crs", "wgs84"}, {"file", tree({"41", "4101"})}});
  BOOST_TEST(why == "features lacks codes that are in use: 4102");
  BOOST_TEST(run("jurisdiction import", {{"crs", "gcj02"}, {"file", tree({"41", "4102"})}})["count"] == 2);
  BOOST_TEST(refused("jurisdiction import", {{"crs", "wgs84"}, {"file", "{"}}) != "");
  BOOST_TEST(refused("jurisdiction import", {{"crs", "mars"}, {"file", "{}"}}).starts_with("crs"));
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_told) {
  BOOST_TEST(Json::parse(operations->answer("{")).contains("error"));
  BOOST_TEST(Json::parse(operations->answer("[]")).contains("error"));
  BOOST_TEST(Json::parse(operations->answer(R"({"operation":"dance","body":{}})")).contains("error"));
  BOOST_TEST(refused("erase", {{"sighting", "x"}, {"reason", "y"}}).starts_with("sighting"));
  BOOST_TEST(refused("verify", {{"receipt", "a.b.c"}}).starts_with("the receipt does not hold"));
  BOOST_TEST(run("verify", Json::object())["entries"] == 1);
  operations->cancel();
  BOOST_TEST(refused("verify", Json::object()) == "the server ends");
}

BOOST_AUTO_TEST_CASE(a_session_lapses_by_the_clock) {
  using namespace std::chrono_literals;
  run("user add", {{"username", "li"}, {"password", "long enough"}, {"role", "admin"}});
  const auto secret = server::admin::make_secret();
  storage::Device device;
  device.id = storage::new_id(store->now());
  device.account = store->directory().account_by_username("li")->id;
  device.name = "log-in";
  device.token = secret.hash;
  device.expires_at = store->now() + 10s;
  BOOST_TEST(
      !store->write_now([&](storage::WriteTx& tx) { tx.append(storage::people::create(device), {}); }));
  BOOST_TEST(store->directory().authenticate(secret.hash).has_value());
  BOOST_TEST(store->directory().is_live(device.id));
  operations.reset();
  store.reset();
  const auto later = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 11s;
  store = cli::open_store(*folder, [later] { return later; });
  BOOST_TEST(!store->directory().authenticate(secret.hash));
  BOOST_TEST(!store->directory().is_live(device.id));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
