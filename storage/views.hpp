#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/people.hpp"
#include "storage/sightings.hpp"

namespace waystation::storage {

/// The latest states, a bounded cache over the view. Two generations: what is not asked for while the young
/// one fills is dropped.
class StateCache {
 public:
  std::optional<Stored> find(const Uuid& id);
  void put(const Uuid& id, Stored stored);
  void clear();

 private:
  static constexpr std::size_t generation = 4096;
  std::unordered_map<Uuid, Stored> young_, old_;
};

/// What an entry did, for those who follow the log live.
struct Published {
  std::uint64_t seq = 0;
  Uuid id;
  /// Null once erased.
  SightingPtr after;
  /// Who sees the state after; who saw it before and no longer does.
  std::vector<std::string> audiences, left;
  /// `{"name","at","by_role"}`; empty where no version was made.
  std::string event;
  /// The reporter's own view changed.
  bool told = false;
};

/// Takes entries into the views, live and when rebuilding: the one way a view changes. Belongs to the
/// writer's connection; the caller holds the transaction.
class Views {
 public:
  Views(Connection& db, protocol::CodeKey key) : db_(db), key_(key) {}

  std::optional<Stored> sighting(const Uuid& id);
  /// The state an event makes, its place given; not taken in yet.
  protocol::Sighting preview(const protocol::Event& event);
  /// Takes in an event, and the state it made.
  Published apply(const protocol::Event& event, protocol::Sighting after,
                  const protocol::Jurisdictions& tree);
  Published hide(const Uuid& id, std::uint64_t seq, const protocol::Jurisdictions& tree);
  /// Also removes what the sighting's entries have in contents; `discarded` gets the photos it held. One that
  /// is not known stays erased should it come.
  Published erase(const Uuid& id, std::uint64_t seq, const protocol::Jurisdictions& tree,
                  std::vector<Hash>& discarded);
  /// After a rollback.
  void forget() { cache_.clear(); }

 private:
  Connection& db_;
  protocol::CodeKey key_;
  StateCache cache_;
};

/// Makes every view anew from the log, in a transaction of its own.
void rebuild(Connection& db, protocol::CodeKey key);

}  // namespace waystation::storage
