#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/people.hpp"

namespace waystation::storage {

/// Who a token belongs to.
struct Caller {
  protocol::Actor actor;
  Uuid device;
};

/// Accounts, devices and the tree, held in memory so that a request is let in without a query. Follows the
/// commits of the one writer; any thread may ask.
class Directory {
 public:
  /// By `clock` sessions lapse.
  explicit Directory(std::function<Time()> clock) : clock_(std::move(clock)) {}

  /// Reads everything anew.
  void load(Connection& db);
  /// Takes over what a commit changed of one subject.
  void refresh(Connection& db, std::string_view kind, const Uuid& subject);

  /// The caller of a token's hash, if the device is neither revoked nor lapsed, nor the account disabled
  /// or pending.
  std::optional<Caller> authenticate(const Hash& token) const;
  /// True while that device may act.
  bool is_live(const Uuid& device) const;
  std::optional<Account> account(const Uuid& id) const;
  std::optional<Account> account_by_username(std::string_view username) const;
  bool has_team(const Uuid& id) const;
  bool has_station(const Uuid& id) const;
  std::shared_ptr<const protocol::Jurisdictions> tree() const;
  /// The place of the newest import of jurisdictions: a cursor made under another one starts anew.
  std::uint64_t tree_version() const;

 private:
  void load_accounts(Connection& db);
  void load_units(Connection& db);
  void load_tree(Connection& db);
  void put(Account account);
  void put(const Device& device);

  struct Known {
    Uuid account;
    Hash token{};
    std::optional<Time> expires_at;
  };
  bool may_act(const Known& device) const;
  struct HashOfHash {
    std::size_t operator()(const Hash& hash) const noexcept;
  };

  std::function<Time()> clock_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<Uuid, Account> accounts_;
  std::unordered_map<std::string, Uuid> usernames_;
  std::unordered_map<Uuid, Known> devices_;
  std::unordered_map<Hash, Uuid, HashOfHash> tokens_;
  std::unordered_map<Uuid, std::vector<Uuid>> devices_of_;
  std::unordered_set<Uuid> teams_, stations_;
  std::shared_ptr<const protocol::Jurisdictions> tree_;
  std::uint64_t tree_version_ = 0;
};

}  // namespace waystation::storage
