#include "server/cli/command_line.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "server/cli/control.hpp"

namespace {

using namespace waystation::server;
using namespace std::chrono_literals;

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "waystation-cli-XXXXXX").string();
    BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& text) const { std::ofstream{path / name} << text; }
  std::filesystem::path path;
};

cli::ServeSettings settings_of(std::vector<std::string> arguments) {
  const auto line = cli::parse(std::move(arguments));
  BOOST_TEST_REQUIRE(line.has_value());
  return line->settings;
}

int code_of(std::vector<std::string> arguments) {
  const auto line = cli::parse(std::move(arguments));
  return line ? -1 : line.error().code;
}

BOOST_FIXTURE_TEST_SUITE(command_line, Folder)

BOOST_AUTO_TEST_CASE(flags_outrank_the_environment_and_that_outranks_the_file) {
  const std::string data = path.string();
  write("one.ini",
        "due-normal = 1h\ndue-urgent = 20m\nlisten = [::1]:9000\ntrusted-proxy = 10.0.0.0/8,::1\n");
  ::setenv("WAYSTATION_DUE_NORMAL", "2m", 1);
  ::setenv("WAYSTATION_NO_SETTING", "x", 1);
  auto settings = settings_of(
      {"serve", "--data", data, "--config", (path / "one.ini").string(), "--listen", "0.0.0.0:1"});
  BOOST_TEST((settings.service.due.wait.at(0) == 2min));
  BOOST_TEST((settings.service.due.wait.at(1) == 20min));
  BOOST_TEST((settings.service.due.wait.at(2) == 10min));
  BOOST_TEST(settings.listen.address == "0.0.0.0");
  BOOST_TEST(settings.trusted_proxies.size() == 2U);
  BOOST_TEST(settings.url() == "https://localhost:1");
  ::unsetenv("WAYSTATION_DUE_NORMAL");
  settings = settings_of({"serve", "--data", data, "--config", (path / "one.ini").string()});
  BOOST_TEST((settings.service.due.wait.at(0) == 1h));
  BOOST_TEST(settings.url() == "https://[::1]:9000");
  write("waystation.ini", "session-length = 90s\npublic-url = https://way.example/\n");
  settings = settings_of({"serve", "--data", data});
  BOOST_TEST((settings.service.session_length == 90s));
  BOOST_TEST(settings.url() == "https://way.example");
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_usage) {
  const std::string data = path.string();
  BOOST_TEST(code_of({}) == 2);
  BOOST_TEST(code_of({"user"}) == 2);
  BOOST_TEST(code_of({"help"}) == 0);
  BOOST_TEST(code_of({"serve", "--data", data, "more"}) == 2);
  BOOST_TEST(code_of({"serve", "--data", data, "--due-normal", "soon"}) == 2);
  BOOST_TEST(code_of({"serve", "--data", data, "--due-normal", "0s"}) == 2);
  BOOST_TEST(code_of({"serve", "--data", data, "--listen", "8443"}) == 2);
  BOOST_TEST(code_of({"serve", "--data", data, "--listen", "1.2.3.4:99999"}) == 2);
  BOOST_TEST(code_of({"serve", "--data", data, "--trusted-proxy", "10.0.0.1/8"}) == 2);
  BOOST_TEST(code_of({"serve", "--data", data, "--cert", "x"}) == 2);
  BOOST_TEST(code_of({"serve", "--data", data, "--config", (path / "none").string()}) == 2);
  BOOST_TEST(code_of({"verify", "--data", data, "--listen", "127.0.0.1:1"}) == 2);
  BOOST_TEST(code_of({"verify", "--data", data, "--data", data}) == 2);
  BOOST_TEST(code_of({"init", "--data", data, "--host", "a", "--host", "b"}) == -1);
  BOOST_TEST(code_of({"invite", "--data", data, "--kind", "patrol"}) == 2);
}

BOOST_AUTO_TEST_CASE(the_control_socket_answers_a_line_with_a_line) {
  // Longer than a socket's address may be.
  const auto deep = path / std::string(100, 'd');
  std::filesystem::create_directories(deep);
  const auto socket = deep / "control";
  BOOST_TEST((cli::ask(socket, "x").error() == cli::AskError::nobody));
  bool cancelled = false;
  {
    const cli::ControlServer server{socket, [](const std::string& line) { return line + line; },
                                    [&] { cancelled = true; }};
    BOOST_TEST((std::filesystem::status(socket).permissions() ==
                (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
    BOOST_TEST(cli::ask(socket, "ab").value() == "abab");
    const std::string large(3'000'000, 'x');
    BOOST_TEST(cli::ask(socket, large).value().size() == 2 * large.size());
  }
  BOOST_TEST(cancelled);
  BOOST_TEST(!std::filesystem::exists(socket));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
