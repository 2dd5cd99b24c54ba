#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "certs/receipt.hpp"
#include "protocol/json.hpp"
#include "server/settings.hpp"
#include "storage/store.hpp"

namespace waystation::server::cli {

/// Erases a sighting; an open one is closed as `invalid` first. Nothing for one that was erased before.
void erase_sighting(storage::WriteTx& tx, const protocol::Uuid& id, const std::string& reason);

/// What the command line asks of the data: the same whether a running server does it for the command line or
/// the command line itself. Any thread.
class Operations {
 public:
  /// All outlive it. `tell` answers "status": what a server says of itself.
  Operations(storage::Store& store, const LiveSettings& settings, const certs::PublicKey& receipt_key,
             std::function<protocol::Json()> tell = {})
      : store_(store), settings_(settings), receipt_key_(receipt_key), tell_(std::move(tell)) {}

  /// Takes `{"operation":"user add","body":{…}}` and gives `{"result":…}` or `{"error":"in plain words"}`.
  protocol::Json run(const protocol::Json& request);
  /// The same as lines of JSON.
  std::string answer(const std::string& line);
  /// Breaks off verifications under way, now or to come.
  void cancel();

 private:
  using Json = protocol::Json;
  using Result = protocol::Result<Json>;

  Result perform(const std::string& operation, const Json& body);
  Result add_user(const Json& body);
  Result change_password(const Json& body);
  Result import_jurisdictions(const Json& body);
  Result erase(const Json& body);
  Result verify(const Json& body);
  Result check_receipt(storage::Connection& db, const std::string& text) const;
  /// Runs one write and waits until it is on disk.
  Result write(const std::function<Result(storage::WriteTx&)>& run);

  storage::Store& store_;
  const LiveSettings& settings_;
  const certs::PublicKey& receipt_key_;
  std::function<protocol::Json()> tell_;
  std::mutex mutex_;
  std::vector<storage::Connection*> verifying_;
  bool cancelled_ = false;
};

}  // namespace waystation::server::cli
