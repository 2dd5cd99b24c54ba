#include "protocol/view.hpp"

#include <utility>

namespace waystation::protocol {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? encode(*value) : Json(nullptr);
}

Json photo_list(const std::vector<Uuid>& photos) {
  Json list = Json::array();
  for (const Uuid& photo : photos)
    list.push_back({{"id", to_string(photo)},
                    {"media_type", nullptr},
                    {"bytes", nullptr},
                    {"width", nullptr},
                    {"height", nullptr},
                    {"sha256", nullptr},
                    {"taken_at", nullptr},
                    {"state", "expected"}});
  return list;
}

Json position_view(const Position& position) {
  Json view = encode(position);
  view["crs"] = name_of(Crs::wgs84);
  return view;
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

}  // namespace

std::string staff_core(const Sighting& s) {
  Json view{{"id", to_string(s.id)},
            {"version", s.version},
            {"status", name_of(s.status)},
            {"outcome", or_null(s.outcome)},
            {"category", name_of(s.category)},
            {"urgency", name_of(s.urgency)},
            {"people", s.people},
            {"traits", encode(s.traits)},
            {"position", position_view(s.position)},
            {"place", or_null(s.place)},
            {"appearance", or_null(s.appearance)},
            {"staying", or_null(s.staying)},
            {"note", or_null(s.note)},
            {"observed_at", to_string(s.observed_at)},
            {"received_at", to_string(s.received_at)},
            {"code", s.code},
            {"case", or_null(s.case_id)},
            {"jurisdiction", s.jurisdiction},
            {"reporter", {{"kind", name_of(s.kind)}}},
            {"referrals", referral_list(s.referrals)},
            {"protect", s.protect},
            {"due_at", is_awaited(s.status) ? Json(to_string(s.due_at)) : Json(nullptr)},
            {"escalation", s.escalation}};
  view["assignment"] = nullptr;
  if (s.assignment)
    view["assignment"] = {{"team", to_string(s.assignment->team)},
                          {"station", or_null(s.assignment->station)},
                          {"at", to_string(s.assignment->at)}};
  if (s.outside) view["outside"] = true;
  if (!s.spoke.empty()) view["spoke"] = encode(s.spoke);
  std::string text = view.dump();
  text.pop_back();
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
  const Told& told = s.told;
  Json photos = Json::array();
  for (const Uuid& photo : told.photos)
    photos.push_back(to_string(photo));
  return {{"category", name_of(told.category)},
          {"position", position_view(told.position)},
          {"place", or_null(told.place)},
          {"appearance", or_null(told.appearance)},
          {"staying", or_null(told.staying)},
          {"note", or_null(told.note)},
          {"people", told.people},
          {"traits", encode(told.traits)},
          {"photos", std::move(photos)},
          {"observed_at", to_string(told.observed_at)}};
}

std::string reporter_view(const Sighting& s) {
  const Told& told = s.told;
  Json view = held_report(s);
  view["photos"] = photo_list(told.photos);
  view["id"] = to_string(s.id);
  view["version"] = told.version;
  view["code"] = s.code;
  view["status"] = name_of(told.status);
  view["received_at"] = to_string(s.received_at);
  view["timeline"] = encode(told.timeline);
  return view.dump();
}

std::string gone_view(const Uuid& id) {
  return R"({"id":")" + to_string(id) + R"(","gone":true})";
}

}  // namespace waystation::protocol
