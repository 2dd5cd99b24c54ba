#include "protocol/view.hpp"

#include <utility>

namespace waystation::protocol {
namespace {

template <class T>
Json or_null(const T& value) {
  if constexpr (is_optional<T>::value)
    return value ? encode(*value) : Json(nullptr);
  else
    return encode(value);
}

Json photo_item(const Photo& photo) {
  return {{"id", to_string(photo.id)},           {"media_type", or_null(photo.media_type)},
          {"bytes", or_null(photo.bytes)},       {"width", or_null(photo.width)},
          {"height", or_null(photo.height)},     {"sha256", or_null(photo.sha256)},
          {"taken_at", or_null(photo.taken_at)}, {"state", name_of(photo.state)}};
}

/// As staff see them.
Json photo_list(const std::vector<Photo>& photos) {
  Json list = Json::array();
  for (const Photo& photo : photos) {
    Json& item = list.emplace_back(photo_item(photo));
    if (!photo.flags.empty()) item["flags"] = encode(photo.flags);
  }
  return list;
}

/// As their reporter sees those that the report named.
Json told_photos(const Sighting& s) {
  Json list = Json::array();
  for (const Uuid& id : s.told.photos)
    if (const Photo* photo = find_photo(s, id)) list.push_back(photo_item(*photo));
  return list;
}

/// The position as shown, saying in what it is.
Position in_wgs84(Position position) {
  position.crs = Crs::wgs84;
  return position;
}

Json referral_list(const std::vector<Referral>& referrals) {
  Json list = Json::array();
  for (const Referral& referral : referrals) {
    Json item = encode(referral);
    item["status"] = "sent";
    list.push_back(std::move(item));
  }
  return list;
}

/// What was reported, as it was told.
template <class Add>
void told_members(const Told& told, Add add) {
  add("category", told.category);
  add("position", in_wgs84(told.position));
  add("place", told.place);
  add("appearance", told.appearance);
  add("staying", told.staying);
  add("note", told.note);
  add("people", told.people);
  add("traits", told.traits);
  add("observed_at", told.observed_at);
}

}  // namespace

std::string staff_core(const Sighting& s) {
  std::string text;
  text.reserve(1024);
  ObjectText view{text};
  view.member("id", s.id)
      .member("version", s.version)
      .member("status", s.status)
      .member("outcome", s.outcome)
      .member("category", s.category)
      .member("urgency", s.urgency)
      .member("people", s.people)
      .member("traits", s.traits)
      .member("position", in_wgs84(s.position))
      .member("place", s.place)
      .member("appearance", s.appearance)
      .member("staying", s.staying)
      .member("note", s.note)
      .member("observed_at", s.observed_at)
      .member("received_at", s.received_at)
      .member("code", s.code)
      .member("case", s.case_id)
      .member("jurisdiction", s.jurisdiction)
      .member("reporter", Json{{"kind", name_of(s.kind)}})
      .member("referrals", referral_list(s.referrals))
      .member("protect", s.protect)
      .member("due_at", is_awaited(s.status) ? std::optional{s.due_at} : std::nullopt)
      .member("escalation", s.escalation);
  Json assignment = nullptr;
  if (s.assignment)
    assignment = {{"team", to_string(s.assignment->team)},
                  {"station", or_null(s.assignment->station)},
                  {"at", to_string(s.assignment->at)}};
  view.member("assignment", assignment);
  if (s.outside) view.member("outside", true);
  if (!s.spoke.empty()) view.member("spoke", s.spoke);
  return text;
}

std::string staff_tail(const Sighting& s) {
  if (s.photos.empty() && !s.claimed_by && !s.caller) return {};
  Json tail = Json::object();
  if (!s.photos.empty()) tail["photos"] = photo_list(s.photos);
  if (is_sealed(s)) tail["sealed"] = true;
  if (s.claimed_by) {
    tail["claimed_by"] = to_string(*s.claimed_by);
    tail["claimed_until"] = to_string(*s.claimed_until);
  }
  if (s.caller) tail["caller"] = encode(*s.caller);
  return tail.dump();
}

void append_staff_view(std::string& to, std::string_view core, std::string_view tail, Lens lens, Time now) {
  to += core;
  if (tail.empty()) {
    to += R"(,"photos":[],"claimed_by":null,"claimed_until":null})";
    return;
  }
  const Json rest = Json::parse(tail);
  const bool sealed = rest.contains("sealed") && lens == Lens::dispatcher;
  to += R"(,"photos":)";
  to += rest.contains("photos") && !sealed ? rest["photos"].dump() : "[]";
  bool claimed = rest.contains("claimed_by");
  if (claimed) {
    const auto until = parse_time(rest["claimed_until"].get_ref<const std::string&>());
    claimed = until && *until > now;
  }
  if (claimed) {
    to += R"(,"claimed_by":)" + rest["claimed_by"].dump() + R"(,"claimed_until":)" +
          rest["claimed_until"].dump();
  } else {
    to += R"(,"claimed_by":null,"claimed_until":null)";
  }
  if (lens == Lens::dispatcher && rest.contains("caller")) to += R"(,"caller":)" + rest["caller"].dump();
  to += '}';
}

std::string staff_view(const Sighting& s, Lens lens, Time now) {
  std::string view;
  append_staff_view(view, staff_core(s), staff_tail(s), lens, now);
  return view;
}

Json held_report(const Sighting& s) {
  Json report = Json::object();
  told_members(s.told, [&](const char* name, const auto& value) { report[name] = or_null(value); });
  Json photos = Json::array();
  for (const Uuid& photo : s.told.photos)
    photos.push_back(to_string(photo));
  report["photos"] = std::move(photos);
  return report;
}

std::string reporter_view(const Sighting& s) {
  std::string text;
  text.reserve(1024);
  ObjectText view{text};
  view.member("id", s.id)
      .member("version", s.told.version)
      .member("code", s.code)
      .member("status", s.told.status)
      .member("received_at", s.received_at);
  told_members(s.told, [&](const char* name, const auto& value) { view.member(name, value); });
  view.member("photos", told_photos(s)).member("timeline", s.told.timeline).end();
  return text;
}

std::string gone_view(const Uuid& id) {
  return R"({"id":")" + to_string(id) + R"(","gone":true})";
}

}  // namespace waystation::protocol
