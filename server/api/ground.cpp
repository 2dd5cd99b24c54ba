#include "server/api/ground.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "server/api/file_answer.hpp"
#include "storage/people.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Role;
using protocol::Slug;
using protocol::Urgency;

bool has_basemap(const Settings& settings) {
  std::error_code none;
  return !settings.basemap.empty() && std::filesystem::is_regular_file(settings.basemap, none);
}

/// Changes with the file: by its size and when it was written.
std::string tag_of(const std::filesystem::path& file, std::error_code& wrong) {
  const auto size = std::filesystem::file_size(file, wrong);
  if (wrong) return {};
  const auto written = std::filesystem::last_write_time(file, wrong).time_since_epoch().count();
  return "\"" + std::to_string(size) + "-" + std::to_string(written) + "\"";
}

}  // namespace

Result<Answer> get_settings(Context& context, storage::Connection& /*db*/, const Call& /*call*/) {
  const auto settings = context.settings.get();
  const auto seconds = [&](Urgency urgency) {
    return std::chrono::duration<double>(settings->due.of(urgency)).count();
  };
  return json_answer({{"hotline", settings->hotline.empty() ? Json(nullptr) : Json(settings->hotline)},
                      {"basemap", has_basemap(*settings)},
                      {"due",
                       {{"normal_s", seconds(Urgency::normal)},
                        {"urgent_s", seconds(Urgency::urgent)},
                        {"emergency_s", seconds(Urgency::emergency)}}}});
}

Result<Answer> get_basemap(Context& context, storage::Connection& /*db*/, const Call& call) {
  const auto settings = context.settings.get();
  if (!has_basemap(*settings))
    return std::unexpected(problem(Slug::not_found, "this server has no base map"));
  std::error_code wrong;
  std::string tag = tag_of(settings->basemap, wrong);
  if (wrong) return std::unexpected(problem(Slug::internal, "the base map cannot be read"));
  return answer_file(call.head, {.file = settings->basemap,
                                 .type = "application/vnd.pmtiles",
                                 .etag = std::move(tag),
                                 .cache_control = "private, max-age=3600"});
}

Result<Answer> list_dispatchers(Context& context, storage::Connection& db, const Call& call) {
  const auto tree = context.store.directory().tree();
  const auto& mine = call.actor().jurisdiction;
  Json items = Json::array();
  for (const auto& account : storage::people::accounts(db)) {
    if (account.role != Role::dispatcher || !account.jurisdiction) continue;
    const std::string& theirs = *account.jurisdiction;
    if (!tree->within(theirs, mine) && !tree->within(mine, theirs)) continue;
    items.push_back(
        {{"id", to_string(account.id)}, {"display_name", account.display_name}, {"jurisdiction", theirs}});
  }
  return json_answer({{"items", std::move(items)}, {"cursor", nullptr}});
}

}  // namespace waystation::server
