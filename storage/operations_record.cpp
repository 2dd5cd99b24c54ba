#include "storage/operations_record.hpp"

#include <fstream>

#include "protocol/codec.hpp"
#include "storage/files.hpp"

namespace waystation::storage {
namespace {

constexpr const char* file_name = "operations";

struct Line {
  Time at;
  std::string what;
  std::optional<std::string> file, failed;
  std::optional<std::int64_t> bytes, head;
};

template <class V>
void members(V& visit, Line& l) {
  visit("at", l.at, protocol::Limit{.required = true});
  visit("what", l.what, protocol::Limit{.required = true});
  visit("file", l.file);
  visit("bytes", l.bytes);
  visit("head", l.head);
  visit("failed", l.failed);
}

std::optional<Line> read_line(const std::string& text) {
  const auto json = protocol::parse_json(text);
  std::vector<protocol::FieldError> faults;
  Line line;
  if (!json || !decode(protocol::Reader{*json, "", faults}, line) || !faults.empty()) return std::nullopt;
  return line;
}

/// What a line says of the last success and the failure since.
template <class Done>
void take(const Line& line, std::optional<Done>& done, std::optional<OperationsRecord::Failure>& failure,
          Done value) {
  if (line.failed) {
    failure = {.at = line.at, .why = *line.failed};
  } else {
    done = std::move(value);
    failure.reset();
  }
}

void append(const std::filesystem::path& data, const Line& line) {
  append_line(data / file_name, protocol::to_text(line));
}

}  // namespace

OperationsRecord read_operations(const std::filesystem::path& data) {
  OperationsRecord record;
  std::ifstream in{data / file_name};
  for (std::string text; std::getline(in, text);) {
    const auto line = read_line(text);
    if (!line) continue;
    if (line->what == backup_operation)
      take(*line, record.backup, record.backup_failure,
           {.at = line->at,
            .to = line->file.value_or(""),
            .bytes = static_cast<std::uint64_t>(line->bytes.value_or(0))});
    else if (line->what == test_restore_operation)
      take(*line, record.test_restore, record.test_restore_failure, line->at);
    else if (line->what == restore_operation)
      record.restore = line->at;
  }
  return record;
}

void record_operation(const std::filesystem::path& data, const char* what, Time at,
                      const std::filesystem::path& file, std::uint64_t bytes, std::uint64_t head) {
  append(data, {.at = at,
                .what = what,
                .file = file.string(),
                .failed = {},
                .bytes = static_cast<std::int64_t>(bytes),
                .head = static_cast<std::int64_t>(head)});
}

void record_failure(const std::filesystem::path& data, const char* what, Time at, const std::string& why) {
  append(data, {.at = at, .what = what, .file = {}, .failed = why, .bytes = {}, .head = {}});
}

}  // namespace waystation::storage
