#include "server/cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <sstream>

#include <boost/program_options.hpp>

namespace waystation::server::cli {
namespace {

namespace po = boost::program_options;

struct OptionRow {
  const char* name;
  const char* value;  // null: a flag
  const char* help;
  bool required = false;
  bool repeated = false;
};

struct CommandRow {
  const char* words;
  const char* usage;
  std::span<const OptionRow> options;
  bool takes_settings = false;
};

constexpr OptionRow data_row{.name = "data", .value = "DIR", .help = "the data folder", .required = true};

constexpr auto init_rows = std::to_array<OptionRow>({
    {.name = "jurisdictions", .value = "FILE", .help = "GeoJSON of the jurisdictions"},
    {.name = "host",
     .value = "NAME",
     .help = "a name or address of this server, for its certificate",
     .repeated = true},
});
constexpr auto user_add_rows = std::to_array<OptionRow>({
    {.name = "username", .value = "U", .help = "a–z, 0–9, dot, underscore, dash", .required = true},
    {.name = "role",
     .value = "R",
     .help = "dispatcher, supervisor, team, station, admin or informant",
     .required = true},
    {.name = "jurisdiction", .value = "CODE", .help = "of a dispatcher or supervisor"},
    {.name = "team", .value = "ID", .help = "of a team's account"},
    {.name = "station", .value = "ID", .help = "of a station's account"},
    {.name = "display-name", .value = "NAME", .help = "the name shown"},
    {.name = "password-stdin",
     .value = nullptr,
     .help = "the password is read from the standard input",
     .required = true},
});
constexpr auto passwd_rows = std::to_array<OptionRow>({
    {.name = "username", .value = "U", .help = "whose", .required = true},
    {.name = "password-stdin",
     .value = nullptr,
     .help = "the password is read from the standard input",
     .required = true},
});
constexpr auto disable_rows = std::to_array<OptionRow>({
    {.name = "username", .value = "U", .help = "whose", .required = true},
});
constexpr auto invite_rows = std::to_array<OptionRow>({
    {.name = "kind", .value = "K", .help = "an informant's kind, with --jurisdiction"},
    {.name = "jurisdiction", .value = "CODE", .help = "an informant's"},
    {.name = "role", .value = "team", .help = "a team's phone, with --team"},
    {.name = "team", .value = "ID", .help = "the team"},
    {.name = "user", .value = "U", .help = "a new phone for this account (its id or name)"},
    {.name = "count", .value = "N", .help = "how many (1)"},
    {.name = "json", .value = nullptr, .help = "print JSON"},
});
constexpr auto unit_rows = std::to_array<OptionRow>({
    {.name = "name", .value = "N", .help = "its name", .required = true},
    {.name = "jurisdiction", .value = "CODE", .help = "where it belongs", .required = true},
    {.name = "phone", .value = "T", .help = "its telephone number"},
    {.name = "json", .value = nullptr, .help = "print JSON"},
});
constexpr auto import_rows = std::to_array<OptionRow>({
    {.name = "file", .value = "F", .help = "a GeoJSON FeatureCollection", .required = true},
    {.name = "crs", .value = "CRS", .help = "wgs84 or gcj02 (wgs84)"},
});
constexpr auto erase_rows = std::to_array<OptionRow>({
    {.name = "sighting", .value = "ID", .help = "which", .required = true},
    {.name = "reason", .value = "T", .help = "why; kept in the log", .required = true},
});
constexpr auto verify_rows = std::to_array<OptionRow>({
    {.name = "receipt", .value = "F", .help = "also check this receipt (JSON or a bare JWS)"},
});

constexpr auto backup_rows = std::to_array<OptionRow>({
    {.name = "to", .value = "FILE", .help = "the tar to be made", .required = true},
    {.name = "with-keys", .value = nullptr, .help = "with the private keys and certificates"},
});
constexpr auto restore_rows = std::to_array<OptionRow>({
    {.name = "from", .value = "FILE", .help = "a backup", .required = true},
    {.name = "erasures", .value = "F", .help = "a list of erasures made since (DIR/erasures)"},
    {.name = "host",
     .value = "NAME",
     .help = "a name or address of this server, for a new certificate",
     .repeated = true},
    {.name = "test", .value = nullptr, .help = "only see whether it can be restored"},
});
constexpr auto status_rows = std::to_array<OptionRow>({
    {.name = "json", .value = nullptr, .help = "print JSON"},
});

constexpr auto commands = std::to_array<CommandRow>({
    {"serve", "serve --data DIR [settings]", {}, true},
    {"init", "init --data DIR [--jurisdictions F] [--host NAME]…", init_rows},
    {"demo", "demo --data DIR [settings]", {}, true},
    {"user add",
     "user add --data DIR --username U --role R [--jurisdiction CODE] [--team T] [--station S] "
     "--password-stdin",
     user_add_rows},
    {"user passwd", "user passwd --data DIR --username U --password-stdin", passwd_rows},
    {"user disable", "user disable --data DIR --username U", disable_rows},
    {"invite",
     "invite --data DIR (--kind K --jurisdiction CODE | --role team --team T | --user U) [--count N] "
     "[--json]",
     invite_rows, true},
    {"team add", "team add --data DIR --name N --jurisdiction CODE [--phone T] [--json]", unit_rows},
    {"station add", "station add --data DIR --name N --jurisdiction CODE [--phone T] [--json]", unit_rows},
    {"jurisdiction import", "jurisdiction import --data DIR --file F [--crs gcj02]", import_rows},
    {"rebuild", "rebuild --data DIR", {}},
    {"erase", "erase --data DIR --sighting ID --reason T", erase_rows},
    {"verify", "verify --data DIR [--receipt F]", verify_rows},
    {"backup", "backup --data DIR --to FILE [--with-keys] [--config F]", backup_rows, true},
    {"restore",
     "restore --data DIR --from FILE [--erasures F] [--host NAME]… | restore --test --data DIR --from FILE",
     restore_rows},
    {"status", "status --data DIR [--json]", status_rows, true},
});

std::string general_usage() {
  std::string text =
      "waystation " WAYSTATION_VERSION ", a sync server for outreach to people without a home\n\nUsage:\n";
  for (const auto& command : commands)
    text += "  waystation " + std::string{command.usage} + "\n";
  text +=
      "  waystation help | --help | --version\n\nSettings (--NAME VALUE, NAME = VALUE in the config file, or "
      "WAYSTATION_NAME in the environment;\nTIME is a number with ms, s, m, h or d):\n";
  for (const auto& row : setting_rows()) {
    std::string name = "  --" + std::string{row.name} + " " + row.value;
    constexpr std::size_t column = 28;
    name.resize(std::max(name.size() + 1, column), ' ');
    text += name + row.help + "\n";
  }
  return text + "  --config FILE             a config file (DIR/waystation.ini, if it is there)\n";
}

Advice usage_error(const std::string& what, const CommandRow* command) {
  std::string text = "waystation: " + what + "\n";
  text +=
      command != nullptr ? "usage: waystation " + std::string{command->usage} + "\n" : "\n" + general_usage();
  return {.text = text, .code = 2};
}

/// The command whose words the arguments begin with.
const CommandRow* find_command(const std::vector<std::string>& arguments) {
  for (const auto& command : commands) {
    std::istringstream words{command.words};
    std::size_t at = 0;
    std::string word;
    bool same = true;
    for (; same && words >> word; ++at)
      same = at < arguments.size() && arguments[at] == word;
    if (same) return &command;
  }
  return nullptr;
}

void add(po::options_description& description, const OptionRow& row) {
  if (row.value == nullptr)
    description.add_options()(row.name, row.help);
  else if (row.repeated)
    description.add_options()(row.name, po::value<std::vector<std::string>>()->composing(), row.help);
  else
    description.add_options()(row.name, po::value<std::string>(), row.help);
}

/// "WAYSTATION_DUE_NORMAL" is due-normal.
std::string setting_of_variable(const po::options_description& known, const std::string& variable) {
  constexpr std::string_view prefix = "WAYSTATION_";
  if (!variable.starts_with(prefix)) return {};
  std::string name = variable.substr(prefix.size());
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return known.find_nothrow(name, false) != nullptr ? name : std::string{};
}

void store_config(const std::string& file, const po::options_description& known, po::variables_map& found) {
  std::ifstream in{file};
  if (!in) throw po::error("cannot read the config file " + file);
  po::store(po::parse_config_file(in, known), found);
}

po::variables_map read_sources(const CommandRow& command, const std::vector<std::string>& arguments) {
  po::options_description settings;
  add(settings, data_row);
  if (command.takes_settings)
    for (const auto& row : setting_rows())
      add(settings, {.name = row.name, .value = row.value, .help = row.help});
  po::options_description flags;
  flags.add(settings);
  for (const auto& row : command.options)
    add(flags, row);
  if (command.takes_settings) add(flags, {.name = "config", .value = "FILE", .help = ""});
  add(flags, {.name = "help", .value = nullptr, .help = ""});

  po::variables_map found;
  const po::positional_options_description nothing;
  namespace style = po::command_line_style;
  po::store(po::command_line_parser(arguments)
                .options(flags)
                .positional(nothing)
                .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
                .run(),
            found);
  po::store(
      po::parse_environment(
          settings, [&](const std::string& variable) { return setting_of_variable(settings, variable); }),
      found);
  if (command.takes_settings) {
    if (found.contains("config")) {
      store_config(found["config"].as<std::string>(), settings, found);
    } else if (found.contains("data")) {
      const auto own = std::filesystem::path{found["data"].as<std::string>()} / "waystation.ini";
      if (std::filesystem::exists(own)) store_config(own.string(), settings, found);
    }
  }
  return found;
}

/// What the rows cannot say about what belongs together.
std::string missing_of(const CommandLine& line) {
  if (line.command == "invite") {
    const bool informant = line.has("kind") && line.has("jurisdiction");
    const bool team = line.has("role") && line.has("team");
    if (!informant && !team && !line.has("user"))
      return "an invite needs --kind and --jurisdiction, or --role team and --team, or --user";
  }
  if (line.settings.cert.has_value() != line.settings.key.has_value())
    return "--cert and --key belong together";
  return {};
}

std::expected<CommandLine, Advice> take_over(const CommandRow& command, const po::variables_map& found) {
  CommandLine line;
  line.command = command.words;
  for (const auto& [name, value] : found) {
    if (const auto* text = boost::any_cast<std::string>(&value.value()))
      line.options[name] = {*text};
    else if (const auto* list = boost::any_cast<std::vector<std::string>>(&value.value()))
      line.options[name] = *list;
    else
      line.options[name] = {};
  }
  if (line.has("config")) line.settings.config = line.value("config");
  const auto missing = [&](const OptionRow& row) { return row.required && !line.has(row.name); };
  if (missing(data_row)) return std::unexpected(usage_error("--data is needed", &command));
  for (const auto& row : command.options)
    if (missing(row))
      return std::unexpected(usage_error("--" + std::string{row.name} + " is needed", &command));
  for (const auto& row : setting_rows())
    if (command.takes_settings && line.has(row.name) && !row.apply(line.settings, line.value(row.name)))
      return std::unexpected(usage_error(
          "--" + std::string{row.name} + " takes " + row.value + ", not \"" + line.value(row.name) + "\"",
          &command));
  if (const std::string wrong = missing_of(line); !wrong.empty())
    return std::unexpected(usage_error(wrong, &command));
  return line;
}

}  // namespace

std::string CommandLine::value(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() || found->second.empty() ? std::string{} : found->second.front();
}

std::string version() {
  return WAYSTATION_VERSION;
}

std::expected<CommandLine, Advice> parse(const std::vector<std::string>& arguments) {
  const std::string first = arguments.empty() ? "" : arguments.front();
  if (first == "--help" || first == "help")
    return std::unexpected(Advice{.text = general_usage(), .code = 0});
  if (first == "--version")
    return std::unexpected(Advice{.text = "waystation " WAYSTATION_VERSION "\n", .code = 0});
  const CommandRow* command = find_command(arguments);
  if (command == nullptr)
    return std::unexpected(
        usage_error(first.empty() ? "a command is needed" : "no such command: " + first, nullptr));
  const auto words = 1 + std::ranges::count(std::string_view{command->words}, ' ');
  try {
    const auto found = read_sources(*command, {arguments.begin() + words, arguments.end()});
    if (found.contains("help")) return std::unexpected(Advice{.text = general_usage(), .code = 0});
    return take_over(*command, found);
  } catch (const po::error& error) {
    return std::unexpected(usage_error(error.what(), command));
  }
}

}  // namespace waystation::server::cli
