#include "server/cli/operations.hpp"

#include <functional>
#include <utility>
#include <vector>

#include "server/api/admin.hpp"
#include "server/api/commands.hpp"
#include "server/api/passwords.hpp"
#include "storage/files.hpp"

namespace waystation::server::cli {
namespace {

using protocol::Json;
using protocol::Problem;
using protocol::Slug;
using storage::WriteTx;

Problem refuse(std::string detail) {
  Problem problem;
  problem.slug = Slug::conflict;
  problem.detail = std::move(detail);
  return problem;
}

/// One plain line: "jurisdiction is required; team is no team that is known".
std::string plain(const Problem& problem) {
  if (problem.errors.empty()) return problem.detail;
  constexpr std::size_t most = 10;
  std::string text;
  for (std::size_t i = 0; i < problem.errors.size() && i < most; ++i) {
    const auto& [pointer, detail] = problem.errors[i];
    text += (i == 0 ? "" : "; ") + (pointer.empty() ? std::string{"it"} : pointer.substr(1)) + " " + detail;
  }
  return text;
}

std::string text_of(const Json& body, const char* name) {
  const auto member = body.find(name);
  return member != body.end() && member->is_string() ? member->get_ref<const std::string&>() : std::string{};
}

template <class T>
protocol::Result<Json> id_of(const protocol::Result<T>& made) {
  if (!made) return std::unexpected(made.error());
  return Json{{"id", to_string(made->id)}};
}

}  // namespace

void erase_sighting(WriteTx& tx, const protocol::Uuid& id, const std::string& reason) {
  const auto stored = tx.sighting(id);
  if (stored && stored->erased) return;
  if (stored && is_open(stored->sighting->status)) {
    const auto closed = tx.append(close_invalid(*stored->sighting, tx.now()));
    if (const auto case_id = closed->case_id) tell_duplicates(tx, {*case_id});
  }
  tx.erase(id, reason);
}

std::string Operations::answer(const std::string& line) {
  auto request = protocol::parse_json(line);
  const Json answer = request ? run(*request) : Json{{"error", request.error().detail}};
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json Operations::run(const Json& request) {
  const bool is_object = request.is_object() && request.contains("body") && request["body"].is_object();
  if (!is_object) return {{"error", "this is no request"}};
  try {
    auto result = perform(text_of(request, "operation"), request["body"]);
    if (!result) return {{"error", plain(result.error())}};
    return {{"result", *std::move(result)}};
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

Operations::Result Operations::perform(const std::string& operation, const Json& body) {
  if (operation == "user add") return add_user(body);
  if (operation == "user passwd") return change_password(body);
  if (operation == "user disable")
    return write([&](WriteTx& tx) -> Result {
      const auto account = admin::account_named(tx, text_of(body, "username"));
      if (!account) return std::unexpected(account.error());
      admin::disable(tx, *account, {});
      return Json::object();
    });
  if (operation == "invite")
    return write([&](WriteTx& tx) { return admin::add_invites(tx, body, *settings_.get(), {}); });
  if (operation == "team add")
    return write([&](WriteTx& tx) { return id_of(admin::add_team(tx, body, {})); });
  if (operation == "station add")
    return write([&](WriteTx& tx) { return id_of(admin::add_station(tx, body, {})); });
  if (operation == "jurisdiction import") return import_jurisdictions(body);
  if (operation == "erase") return erase(body);
  if (operation == "verify") return verify(body);
  if (operation == "status" && tell_) return tell_();
  return std::unexpected(refuse("this server does not know: " + operation));
}

Operations::Result Operations::write(const std::function<Result(WriteTx&)>& run) {
  Result result = Json::object();
  if (auto failed = store_.write_now([&](WriteTx& tx) { result = run(tx); })) return std::unexpected(*failed);
  return result;
}

Operations::Result Operations::add_user(const Json& body) {
  const auto account = admin::read_account(body);
  if (!account) return std::unexpected(account.error());
  const std::string hash = Passwords::hash_now(account->password);
  return write([&](WriteTx& tx) { return id_of(admin::add_account(tx, *account, hash, {})); });
}

Operations::Result Operations::change_password(const Json& body) {
  const auto password = admin::read_password(body);
  if (!password) return std::unexpected(password.error());
  const std::string hash = Passwords::hash_now(*password);
  return write([&](WriteTx& tx) -> Result {
    const auto account = admin::account_named(tx, text_of(body, "username"));
    if (!account) return std::unexpected(account.error());
    admin::change_password(tx, *account, hash, {});
    return Json::object();
  });
}

Operations::Result Operations::import_jurisdictions(const Json& body) {
  const auto crs = protocol::parse_name<protocol::Crs>(text_of(body, "crs"));
  if (!crs) return std::unexpected(protocol::invalid("/crs", "must be one of wgs84, gcj02"));
  const auto collection = protocol::parse_json(text_of(body, "file"));
  if (!collection) return std::unexpected(collection.error());
  return write([&](WriteTx& tx) -> Result {
    const auto count = admin::import_tree(tx, *collection, *crs, {});
    if (!count) return std::unexpected(count.error());
    return Json{{"count", *count}};
  });
}

Operations::Result Operations::erase(const Json& body) {
  const auto id = protocol::parse_uuid(text_of(body, "sighting"));
  if (!id) return std::unexpected(protocol::invalid("/sighting", "must be a UUID in lower case"));
  const std::string reason = text_of(body, "reason");
  if (reason.empty() || protocol::code_points(reason) > 2000)
    return std::unexpected(protocol::invalid("/reason", "must have 1 to 2000 characters"));
  return write([&](WriteTx& tx) -> Result {
    const auto stored = tx.sighting(*id);
    if (!stored) return std::unexpected(refuse("there is no such sighting"));
    if (stored->erased) return Json{{"already", true}};
    // Before the commit: a line too many erases once more what was to be erased, one too few would bring it
    // back.
    storage::append_line(
        store_.folder().erasures(),
        Json{{"sighting", to_string(*id)}, {"reason", reason}, {"at", protocol::to_string(tx.now())}}.dump());
    erase_sighting(tx, *id, reason);
    return Json{{"already", false}};
  });
}

void Operations::cancel() {
  const std::lock_guard lock{mutex_};
  cancelled_ = true;
  for (auto* db : verifying_)
    db->interrupt();
}

Operations::Result Operations::verify(const Json& body) {
  // A connection of its own: the log may be long, and neither the writer nor the readers wait for it.
  storage::Connection db{store_.folder().database(), storage::Connection::Mode::read};
  struct Visible {
    Operations& operations;
    storage::Connection* db;
    ~Visible() {
      const std::lock_guard lock{operations.mutex_};
      std::erase(operations.verifying_, db);
    }
  };
  {
    const std::lock_guard lock{mutex_};
    if (cancelled_) return std::unexpected(refuse("the server ends"));
    verifying_.push_back(&db);
  }
  const Visible visible{*this, &db};
  db.execute("BEGIN");
  const auto count = storage::log::verify(db);
  if (!count) return std::unexpected(refuse(count.error()));
  Json result{{"entries", *count}};
  if (body.contains("receipt")) {
    auto receipt = check_receipt(db, text_of(body, "receipt"));
    if (!receipt) return receipt;
    result["receipt"] = *std::move(receipt);
  }
  return result;
}

Operations::Result Operations::check_receipt(storage::Connection& db, const std::string& text) const {
  const auto no = [](const std::string& why) {
    return std::unexpected(refuse("the receipt does not hold: " + why));
  };
  const auto first = text.find_first_not_of(" \t\r\n");
  const auto last = text.find_last_not_of(" \t\r\n");
  if (first == std::string::npos) return no("it is empty");
  std::string jws = text.substr(first, last - first + 1);
  std::optional<Json> beside;
  if (jws.starts_with('{')) {
    const auto json = protocol::parse_json(jws);
    if (!json || !json->contains("jws")) return no("it is neither the server's answer nor a JWS");
    jws = text_of(*json, "jws");
    if (json->contains("receipt")) beside = json->at("receipt");
  }
  const auto payload = certs::verify(jws, receipt_key_);
  if (!payload) return no(payload.error());
  const auto receipt = protocol::parse_json(*payload);
  if (!receipt || !receipt->is_object()) return no("what is signed is no receipt");
  if (beside && *beside != *receipt) return no("what stands beside the signature is not what was signed");
  std::vector<protocol::FieldError> faults;
  const protocol::Reader reader{*receipt, "", faults};
  const auto sighting = reader.require("sighting");
  const auto place = reader.require("place");
  const auto head = reader.require("head");
  const auto id = sighting ? sighting->any_id() : std::nullopt;
  const auto seq = place ? place->integer(1, INT64_MAX) : std::nullopt;
  const auto hash = head ? head->text(1, 64) : std::nullopt;
  if (!id || !seq || !hash) return no("what is signed is no receipt");
  const auto found = storage::log::read(db, static_cast<std::uint64_t>(*seq));
  if (!found) return no("the log has no entry " + std::to_string(*seq));
  if (found->entry.kind != "sighting" || found->entry.subject != *id)
    return no("entry " + std::to_string(*seq) + " is about something else");
  if (storage::to_hex(found->hash) != *hash)
    return no("the hash of entry " + std::to_string(*seq) + " is another");
  return Json{{"sighting", to_string(*id)}, {"place", *seq}};
}

}  // namespace waystation::server::cli
