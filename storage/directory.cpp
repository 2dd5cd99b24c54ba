#include "storage/directory.hpp"

#include <cstring>
#include <mutex>

namespace waystation::storage {

std::size_t Directory::HashOfHash::operator()(const Hash& hash) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, hash.data(), sizeof value);
  return value;
}

void Directory::load(Connection& db) {
  const std::unique_lock lock{mutex_};
  load_accounts(db);
  load_units(db);
  load_tree(db);
}

void Directory::refresh(Connection& db, std::string_view kind, const Uuid& subject) {
  const std::unique_lock lock{mutex_};
  if (kind == "account") {
    if (auto account = people::account(db, subject)) put(*std::move(account));
    const std::vector<Uuid> devices = devices_of_[subject];  // put() takes revoked ones out of the list
    for (const Uuid& id : devices)
      if (const auto device = people::device(db, id)) put(*device);
  } else if (kind == "device") {
    if (const auto device = people::device(db, subject)) put(*device);
  } else if (kind == "team" || kind == "station") {
    load_units(db);
  } else if (kind == "jurisdictions") {
    load_tree(db);
  }
}

std::optional<Caller> Directory::authenticate(const Hash& token) const {
  const std::shared_lock lock{mutex_};
  const auto device = tokens_.find(token);
  if (device == tokens_.end()) return std::nullopt;
  const Known& known = devices_.at(device->second);
  if (!may_act(known)) return std::nullopt;
  return Caller{.actor = actor_of(accounts_.at(known.account)), .device = device->second};
}

bool Directory::is_live(const Uuid& device) const {
  const std::shared_lock lock{mutex_};
  const auto known = devices_.find(device);
  return known != devices_.end() && may_act(known->second);
}

bool Directory::may_act(const Known& device) const {
  if (device.expires_at && *device.expires_at <= clock_()) return false;
  const auto account = accounts_.find(device.account);
  return account != accounts_.end() && !account->second.disabled && !account->second.pending;
}

std::optional<Account> Directory::account(const Uuid& id) const {
  const std::shared_lock lock{mutex_};
  const auto found = accounts_.find(id);
  return found == accounts_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<Account> Directory::account_by_username(std::string_view username) const {
  const std::shared_lock lock{mutex_};
  const auto found = usernames_.find(std::string{username});
  return found == usernames_.end() ? std::nullopt : std::optional{accounts_.at(found->second)};
}

bool Directory::has_team(const Uuid& id) const {
  const std::shared_lock lock{mutex_};
  return teams_.contains(id);
}

bool Directory::has_station(const Uuid& id) const {
  const std::shared_lock lock{mutex_};
  return stations_.contains(id);
}

std::shared_ptr<const protocol::Jurisdictions> Directory::tree() const {
  const std::shared_lock lock{mutex_};
  return tree_;
}

std::uint64_t Directory::tree_version() const {
  const std::shared_lock lock{mutex_};
  return tree_version_;
}

void Directory::load_accounts(Connection& db) {
  accounts_.clear();
  usernames_.clear();
  devices_.clear();
  tokens_.clear();
  devices_of_.clear();
  for (Account& account : people::accounts(db))
    put(std::move(account));
  for (const Device& device : people::devices(db, std::nullopt))
    put(device);
}

void Directory::load_units(Connection& db) {
  teams_.clear();
  stations_.clear();
  for (const Team& team : people::teams(db))
    teams_.insert(team.id);
  for (const Station& station : people::stations(db))
    stations_.insert(station.id);
}

void Directory::load_tree(Connection& db) {
  tree_ = std::make_shared<const protocol::Jurisdictions>(people::jurisdictions(db));
  tree_version_ = people::jurisdictions_place(db);
}

void Directory::put(Account account) {
  if (account.username) usernames_[*account.username] = account.id;
  accounts_[account.id] = std::move(account);
}

void Directory::put(const Device& device) {
  if (device.revoked_at) {
    tokens_.erase(device.token);
    devices_.erase(device.id);
    std::erase(devices_of_[device.account], device.id);
    return;
  }
  if (!devices_.contains(device.id)) devices_of_[device.account].push_back(device.id);
  devices_[device.id] = {.account = device.account, .token = device.token, .expires_at = device.expires_at};
  tokens_[device.token] = device.id;
}

}  // namespace waystation::storage
