#pragma once
#include <optional>
#include <string>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/geo.hpp"
#include "protocol/photo.hpp"

namespace waystation::protocol {

/// Where something is, as sent: in `crs` (WGS-84 unless said), accuracy in metres, age of the fix in seconds.
struct Position {
  double lat = 0;
  double lon = 0;
  std::optional<double> accuracy_m;
  std::optional<Crs> crs;
  std::optional<PositionSource> source;
  std::optional<double> fix_age_s;

  bool operator==(const Position&) const = default;
};

/// The same in WGS-84, and saying so.
Position to_wgs84(Position position);

/// Who called the hotline, and the number to call back (for dispatchers only, erased at the end).
struct Caller {
  std::optional<ReporterKind> kind;
  std::optional<std::string> callback;

  bool operator==(const Caller&) const = default;
};

/// One person's consent to being brought to a station.
struct Consent {
  bool given = false;
  ConsentBy by = ConsentBy::person;
  ConsentHow how = ConsentHow::verbal;
  bool cannot_decide = false;
  std::optional<std::string> reference;
};

/// In JSON one consent, or a list of them.
struct Consents {
  std::vector<Consent> each;
};

/// Those of a group who chose otherwise.
struct Rest {
  Outcome outcome = Outcome::declined;
  int people = 1;
  SetOf<Offer> offered;
};

struct Call {
  std::optional<Time> time;
  std::optional<std::string> number;
};

/// Years: one number, or from–to.
struct Age {
  int from = 0;
  int to = 0;
};

struct Document {
  std::optional<std::string> kind;
  std::optional<std::string> number;
};

/// What a form leaves open: a text, yes or no, a number, or a list or object of those; 2,000 characters at
/// most as JSON.
struct FreeForm {
  Json value;
};

/// One person as the station registers them (rules of 2003, art. 3 and 4): all but the id optional.
struct Intake {
  Uuid id;
  std::optional<std::string> name, label, sex, registered_residence, residence, reason, since, course;
  std::optional<Age> age;
  std::optional<Document> document;
  std::optional<FreeForm> allowance, belongings;
  std::vector<FreeForm> relatives;
};

/// Every member any command's body may have; which of them a command takes stands in `command_members`.
struct Body {
  std::optional<Category> category;
  std::optional<Urgency> urgency;
  std::optional<int> people;
  std::optional<SetOf<Trait>> traits;
  std::optional<Position> position;
  std::optional<std::string> place, appearance, note;
  std::optional<Staying> staying;
  std::optional<Time> observed_at;
  std::vector<Uuid> photos;
  std::optional<SetOf<Spoke>> spoke;
  std::optional<Caller> caller;
  std::optional<std::string> reason, text, jurisdiction;
  std::optional<bool> protect;
  std::optional<Uuid> team, station;
  std::optional<Outcome> outcome;
  std::optional<SetOf<Offer>> offered, given;
  std::optional<Consents> consent;
  std::vector<Rest> rest;
  std::optional<Agency> agency;
  std::optional<Time> revisit_at;
  std::optional<Voluntary> voluntary;
  std::optional<Intake> intake;
  std::optional<Uuid> to, person;
  std::optional<std::string> where;
  std::optional<Time> at;
  std::optional<Call> call;
  /// Of the server's own entry when a photo is attached; no command takes it.
  std::optional<AttachedContent> attached;
};

/// One command as received. The body is read strictly but not yet judged: `faults` are told only after the
/// sight and the role are found good.
struct Command {
  Uuid id;
  Uuid sighting;
  CommandName name = CommandName::comment;
  std::optional<Time> at;
  std::optional<std::int64_t> expect_version;
  Body body;
  std::vector<FieldError> faults;
};

/// Reads `{"id","sighting","name","at","expect_version","body"}`. What makes it no command at all (shape, id,
/// sighting, name) is answered as `validation`, with pointers into the command; faults of the body are kept.
Result<Command> read_command(const Json& json);

/// A body for a command, its faults with pointers into the body.
Body read_body(const Json& json, CommandName name, std::vector<FieldError>& faults);

/// The known members of a body, as they are compared and kept.
Json write_body(const Body& body);

template <class V>
void members(V& visit, Position& p) {
  visit("lat", p.lat, Limit{-90, 90, true});
  visit("lon", p.lon, Limit{-180, 180, true});
  visit("accuracy_m", p.accuracy_m, Limit{.min = 0});
  visit("crs", p.crs);
  visit("source", p.source);
  visit("fix_age_s", p.fix_age_s, Limit{.min = 0});
}
template <class V>
void members(V& visit, Caller& c) {
  visit("kind", c.kind);
  visit("callback", c.callback, Limit{1, 40});
}
template <class V>
void members(V& visit, Consent& c) {
  visit("given", c.given, Limit{.required = true});
  visit("by", c.by, Limit{.required = true});
  visit("how", c.how, Limit{.required = true});
  visit("cannot_decide", c.cannot_decide);
  visit("reference", c.reference, Limit{1, 200});
}
template <class V>
void members(V& visit, Rest& r) {
  visit("outcome", r.outcome, Limit{.required = true});
  visit("people", r.people, Limit{1, 999, true});
  visit("offered", r.offered);
}
template <class V>
void members(V& visit, Call& c) {
  visit("time", c.time);
  visit("number", c.number, Limit{1, 40});
}
template <class V>
void members(V& visit, Document& d) {
  visit("kind", d.kind, Limit{0, 100});
  visit("number", d.number, Limit{0, 100});
}
template <class V>
void members(V& visit, Intake& i) {
  visit("id", i.id, Limit{.required = true, .client_id = true});
  visit("name", i.name, Limit{0, 200});
  visit("label", i.label, Limit{0, 200});
  visit("sex", i.sex, Limit{0, 20});
  visit("age", i.age);
  visit("document", i.document);
  visit("registered_residence", i.registered_residence, Limit{0, 500});
  visit("residence", i.residence, Limit{0, 500});
  visit("allowance", i.allowance);
  visit("reason", i.reason, Limit{0, 2000});
  visit("since", i.since, Limit{0, 200});
  visit("course", i.course, Limit{0, 2000});
  visit("relatives", i.relatives, Limit{0, 20});
  visit("belongings", i.belongings);
}
bool read_value(const Reader& from, FreeForm& to);
Json write_value(const FreeForm& form);
bool read_value(const Reader& from, Age& to);
Json write_value(const Age& age);
bool read_value(const Reader& from, Consents& to);
Json write_value(const Consents& consents);
template <class V>
void members(V& visit, Body& b) {
  visit("category", b.category);
  visit("urgency", b.urgency);
  visit("people", b.people, Limit{1, 999});
  visit("traits", b.traits);
  visit("position", b.position);
  visit("place", b.place, Limit{0, 200});
  visit("appearance", b.appearance, Limit{0, 200});
  visit("staying", b.staying);
  visit("note", b.note, Limit{0, 2000});
  visit("observed_at", b.observed_at);
  visit("photos", b.photos, Limit{.min = 0, .max = 20, .client_id = true});
  visit("spoke", b.spoke);
  visit("caller", b.caller);
  visit("reason", b.reason, Limit{1, 2000});
  visit("text", b.text, Limit{1, 2000});
  visit("jurisdiction", b.jurisdiction, Limit{1, 20});
  visit("protect", b.protect);
  visit("team", b.team);
  visit("station", b.station);
  visit("outcome", b.outcome);
  visit("offered", b.offered);
  visit("given", b.given);
  visit("consent", b.consent);
  visit("rest", b.rest, Limit{0, 50});
  visit("agency", b.agency);
  visit("revisit_at", b.revisit_at);
  visit("voluntary", b.voluntary);
  visit("intake", b.intake);
  visit("to", b.to);
  visit("person", b.person);
  visit("where", b.where, Limit{1, 500});
  visit("at", b.at);
  visit("call", b.call);
  visit("attached", b.attached);
}

}  // namespace waystation::protocol
