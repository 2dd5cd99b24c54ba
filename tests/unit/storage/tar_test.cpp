#include "storage/tar.hpp"

#include <algorithm>
#include <random>

#include <boost/test/unit_test.hpp>

using namespace waystation;
using storage::TarReader;
using storage::TarWriter;

namespace {

std::string archive(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string bytes;
  TarWriter tar{[&](std::string_view piece) { bytes += piece; }};
  for (const auto& [name, content] : files) {
    tar.begin(name, content.size(), protocol::Time{});
    tar.write(content);
  }
  tar.finish();
  return bytes;
}

std::function<std::size_t(char*, std::size_t)> pieces_of(const std::string& bytes, std::size_t piece) {
  return [&bytes, piece, at = std::size_t{0}](char* to, std::size_t size) mutable {
    const std::size_t got = std::min({size, piece, bytes.size() - at});
    std::copy_n(bytes.data() + at, got, to);
    at += got;
    return got;
  };
}

/// Reads all of it; the error's text where there is one.
std::string read_all(const std::string& bytes, std::vector<std::pair<std::string, std::string>>& files) {
  TarReader tar{pieces_of(bytes, 700)};
  for (;;) {
    const auto entry = tar.next();
    if (!entry) return entry.error();
    if (!*entry) return {};
    std::string content;
    std::array<char, 1000> buffer{};
    for (;;) {
      const auto got = tar.read(buffer.data(), buffer.size());
      if (!got) return got.error();
      if (*got == 0) break;
      content.append(buffer.data(), *got);
    }
    files.emplace_back((*entry)->name, std::move(content));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tar)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 511, 512, 513, 100'000})
    files.emplace_back("file-" + std::to_string(size), std::string(size, static_cast<char>('a' + size % 26)));
  files.emplace_back(std::string(100, 'n'), "of the longest name");
  std::vector<std::pair<std::string, std::string>> read;
  BOOST_TEST(read_all(archive(files), read) == "");
  BOOST_TEST((read == files));
}

BOOST_AUTO_TEST_CASE(sizes_of_eight_gibibytes_and_more_are_kept) {
  constexpr std::uint64_t eight = std::uint64_t{8} << 30U;
  for (const std::uint64_t size : {eight - 1, eight, std::uint64_t{5'000'000'000'000}}) {
    std::string bytes;
    TarWriter tar{[&](std::string_view piece) { bytes += piece; }};
    tar.begin("large", size, protocol::Time{});
    TarReader reader{pieces_of(bytes, bytes.size())};
    const auto entry = reader.next();
    BOOST_REQUIRE(entry.has_value());
    BOOST_REQUIRE(entry->has_value());
    BOOST_TEST((*entry)->size == size);
  }
}

BOOST_AUTO_TEST_CASE(a_file_is_as_long_as_was_said) {
  TarWriter tar{[](std::string_view) {}};
  tar.begin("short", 3, protocol::Time{});
  BOOST_CHECK_THROW(tar.write("four"), std::logic_error);
  BOOST_CHECK_THROW(tar.begin("next", 1, protocol::Time{}), std::logic_error);
  BOOST_CHECK_THROW(tar.begin(std::string(101, 'x'), 1, protocol::Time{}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(whatever_is_read_ends_with_files_or_a_reason) {
  std::mt19937 random{20261124};
  const std::string good = archive({{"one", std::string(600, '1')}, {"two", "2"}, {"three", ""}});
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (auto changes = random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 3 == 0) bytes.resize(random() % bytes.size());
    std::vector<std::pair<std::string, std::string>> read;
    const std::string error = read_all(bytes, read);
    if (!error.empty()) continue;
    // Only what the sums do not cover can have changed.
    for (const auto& [name, content] : read)
      BOOST_TEST((name == "one" || name == "two" || name == "three"), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
