#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "server/api/accounts.hpp"
#include "server/api/admin.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Jurisdictions;
using storage::WriteTx;

/// Codes with names, counted whole and shown in part.
class Listing {
 public:
  void add(const std::string& code, const std::string& name) {
    if (++count_ <= most) items_.push_back({{"code", code}, {"name", name}});
  }
  Json json() && { return {{"count", count_}, {"items", std::move(items_)}}; }

 private:
  static constexpr std::size_t most = 500;
  std::size_t count_ = 0;
  Json items_ = Json::array();
};

std::string parent_of(const Jurisdictions& tree, const Jurisdictions::Node& node) {
  return node.parent ? tree.nodes()[*node.parent].code : std::string{};
}

Result<protocol::Crs> crs_of(const Call& call) {
  const auto crs = protocol::parse_name<protocol::Crs>(call.option("crs").value_or("wgs84"));
  if (!crs) return std::unexpected(protocol::invalid("/crs", "must be one of wgs84, gcj02"));
  return *crs;
}

}  // namespace

Result<Json> admin::preview_tree(storage::Connection& db, const Jurisdictions& now, const Json& collection,
                                 protocol::Crs crs) {
  const auto tree = Jurisdictions::from_geojson(collection, crs);
  if (!tree) return std::unexpected(tree.error());
  Listing added, removed, moved, renamed, reshaped, missing;
  for (const auto& node : tree->nodes()) {
    const auto* before = now.find(node.code);
    if (before == nullptr) {
      added.add(node.code, node.name);
      continue;
    }
    if (parent_of(*tree, node) != parent_of(now, *before)) moved.add(node.code, node.name);
    if (node.name != before->name) renamed.add(node.code, node.name);
    if (node.region != before->region) reshaped.add(node.code, node.name);
  }
  for (const auto& node : now.nodes())
    if (tree->find(node.code) == nullptr) removed.add(node.code, node.name);
  for (const std::string& code : storage::people::codes_in_use(db)) {
    if (tree->find(code) != nullptr) continue;
    const auto* known = now.find(code);
    missing.add(code, known == nullptr ? code : known->name);
  }
  return Json{{"count", tree->nodes().size()},        {"added", std::move(added).json()},
              {"removed", std::move(removed).json()}, {"moved", std::move(moved).json()},
              {"renamed", std::move(renamed).json()}, {"reshaped", std::move(reshaped).json()},
              {"missing", std::move(missing).json()}};
}

void import_jurisdictions(Context& context, std::shared_ptr<const Call> call, Done done) {
  const auto crs = crs_of(*call);
  if (!crs) return done(std::unexpected(crs.error()));
  if (const auto dry = call->option("dry_run"); dry && *dry != "0")
    return run_read(
        context,
        [&context, call, crs = *crs](storage::Connection& db) -> Result<Answer> {
          const auto now = context.store.directory().tree();
          auto preview = admin::preview_tree(db, *now, call->body, crs);
          if (!preview) return std::unexpected(preview.error());
          return json_answer(*preview);
        },
        std::move(done));
  run_write(
      context,
      [call, crs = *crs](WriteTx& tx) -> Result<Answer> {
        const auto count = admin::import_tree(tx, call->body, crs, call->actor());
        if (!count) return std::unexpected(count.error());
        return json_answer({{"count", *count}}, 201);
      },
      std::move(done));
}

Result<Answer> get_jurisdictions(Context& context, storage::Connection& /*db*/, const Call& /*call*/) {
  Answer answer = json_answer(context.store.directory().tree()->to_geojson());
  answer.type = "application/geo+json";
  return answer;
}

}  // namespace waystation::server
