#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

/// The closed word lists of the contract. Each enumerator is written in JSON by its own name.
namespace waystation::protocol {

enum class Status : std::uint8_t { queued, assigned, en_route, on_scene, picked_up, confirmed, closed };
enum class CoarseStatus : std::uint8_t {
  received,
  on_the_way,
  helped,
  declined_help,
  not_found,
  passed_on,
  closed
};
enum class Category : std::uint8_t {
  needs_help,
  medical,
  minor_at_risk,
  exploitation_suspected,
  professional_begging,
  disturbance,
  public_facility
};
enum class Urgency : std::uint8_t { normal, urgent, emergency };
enum class Trait : std::uint8_t {
  minor,
  elderly,
  disabled,
  injured,
  ill,
  mental_distress,
  pregnant,
  with_children
};
enum class Staying : std::uint8_t { now, overnight, moving };
enum class Crs : std::uint8_t { wgs84, gcj02 };
enum class PositionSource : std::uint8_t { gps, network, manual, photo };
enum class Outcome : std::uint8_t {
  picked_up,
  helped_on_site,
  declined,
  unable_to_consent,
  advised,
  referred,
  already_known,
  not_found,
  already_gone,
  inaccessible,
  duplicate,
  invalid,
  withdrawn,
  changed_mind,
  not_arrived
};
enum class Offer : std::uint8_t { shelter, food, blanket, clothes, hot_drink, medical, ticket_home, card };
enum class Spoke : std::uint8_t { told, card, wants_help };
enum class Agency : std::uint8_t { police, city_management, hospital };
enum class ConsentBy : std::uint8_t { person, guardian, police, hospital };
enum class ConsentHow : std::uint8_t { verbal, written, gesture };
enum class Voluntary : std::uint8_t { yes, no, cannot_tell };
enum class Role : std::uint8_t { informant, dispatcher, supervisor, team, station, admin, server };
enum class ReporterKind : std::uint8_t {
  sanitation_worker,
  taxi_driver,
  patrol,
  volunteer,
  staff,
  public_,
  self
};
/// Commands of people first, then the entries the server makes by itself.
enum class CommandName : std::uint8_t {
  report,
  amend,
  withdraw,
  triage,
  claim,
  release,
  assign,
  accept,
  decline,
  arrive,
  resolve,
  confirm,
  register_,
  publish_notice,
  changed_mind,
  not_arrived,
  refer,
  link,
  unlink,
  comment,
  reopen,
  escalate,
  revisit,
  mirror,
  case_end,
  supervision_note,
  close,
  attach,
  damage
};
inline constexpr std::size_t person_commands = 21;

/// The names of an enumeration, in its order.
template <class E>
struct Names;

#define WAYSTATION_NAMES(E, ...)                                                \
  template <>                                                                   \
  struct Names<E> {                                                             \
    static constexpr auto all = std::to_array<std::string_view>({__VA_ARGS__}); \
  }

WAYSTATION_NAMES(Status, "queued", "assigned", "en_route", "on_scene", "picked_up", "confirmed", "closed");
WAYSTATION_NAMES(CoarseStatus, "received", "on_the_way", "helped", "declined_help", "not_found", "passed_on",
                 "closed");
WAYSTATION_NAMES(Category, "needs_help", "medical", "minor_at_risk", "exploitation_suspected",
                 "professional_begging", "disturbance", "public_facility");
WAYSTATION_NAMES(Urgency, "normal", "urgent", "emergency");
WAYSTATION_NAMES(Trait, "minor", "elderly", "disabled", "injured", "ill", "mental_distress", "pregnant",
                 "with_children");
WAYSTATION_NAMES(Staying, "now", "overnight", "moving");
WAYSTATION_NAMES(Crs, "wgs84", "gcj02");
WAYSTATION_NAMES(PositionSource, "gps", "network", "manual", "photo");
WAYSTATION_NAMES(Outcome, "picked_up", "helped_on_site", "declined", "unable_to_consent", "advised",
                 "referred", "already_known", "not_found", "already_gone", "inaccessible", "duplicate",
                 "invalid", "withdrawn", "changed_mind", "not_arrived");
WAYSTATION_NAMES(Offer, "shelter", "food", "blanket", "clothes", "hot_drink", "medical", "ticket_home",
                 "card");
WAYSTATION_NAMES(Spoke, "told", "card", "wants_help");
WAYSTATION_NAMES(Agency, "police", "city_management", "hospital");
WAYSTATION_NAMES(ConsentBy, "person", "guardian", "police", "hospital");
WAYSTATION_NAMES(ConsentHow, "verbal", "written", "gesture");
WAYSTATION_NAMES(Voluntary, "yes", "no", "cannot_tell");
WAYSTATION_NAMES(Role, "informant", "dispatcher", "supervisor", "team", "station", "admin", "server");
WAYSTATION_NAMES(ReporterKind, "sanitation_worker", "taxi_driver", "patrol", "volunteer", "staff", "public",
                 "self");
WAYSTATION_NAMES(CommandName, "report", "amend", "withdraw", "triage", "claim", "release", "assign", "accept",
                 "decline", "arrive", "resolve", "confirm", "register", "publish_notice", "changed_mind",
                 "not_arrived", "refer", "link", "unlink", "comment", "reopen", "escalate", "revisit",
                 "mirror", "case_end", "supervision_note", "close", "attach", "damage");
#undef WAYSTATION_NAMES

template <class E>
constexpr std::string_view name_of(E value) {
  return Names<E>::all.at(static_cast<std::size_t>(value));
}

template <class E>
constexpr std::optional<E> parse_name(std::string_view text) {
  for (std::size_t i = 0; i < Names<E>::all.size(); ++i)
    if (Names<E>::all[i] == text) return static_cast<E>(i);
  return std::nullopt;
}

/// A set of an enumeration's words; kept and written in the enumeration's order.
template <class E>
class SetOf {
 public:
  constexpr SetOf() = default;
  constexpr SetOf(std::initializer_list<E> words) {
    for (E word : words)
      add(word);
  }
  constexpr void add(E word) { bits_ |= bit(word); }
  constexpr bool has(E word) const { return (bits_ & bit(word)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool any_of(SetOf other) const { return (bits_ & other.bits_) != 0; }
  constexpr void add(SetOf other) { bits_ |= other.bits_; }
  bool operator==(const SetOf&) const = default;

  template <class F>
  void each(F&& f) const {
    for (std::size_t i = 0; i < Names<E>::all.size(); ++i)
      if (has(static_cast<E>(i))) f(static_cast<E>(i));
  }

 private:
  static constexpr std::uint32_t bit(E word) { return 1U << static_cast<unsigned>(word); }
  std::uint32_t bits_ = 0;
};

}  // namespace waystation::protocol
