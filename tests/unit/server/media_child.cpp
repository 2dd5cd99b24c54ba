#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "server/media/media.hpp"
#include "tests/unit/server/media_boxes.hpp"

namespace {

using namespace waystation::server::media;
using make_media::u32;
namespace fs = std::filesystem;

std::string chunk(const std::string& type, const std::string& data) {
  const std::string all = type + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(all.data()), static_cast<uInt>(all.size()));
  return u32(data.size()) + all + u32(sum);
}

/// A grey PNG; `claimed` sizes may be other than those of its pixels.
std::string png(std::uint32_t width, std::uint32_t height, std::uint32_t pixels_high) {
  std::string pixels;
  for (std::uint32_t y = 0; y < pixels_high; ++y)
    pixels += '\0' + std::string(width, static_cast<char>(y));
  std::string packed(compressBound(pixels.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(pixels.data()),
           pixels.size());
  packed.resize(size);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", u32(width) + u32(height) + std::string("\x08\0\0\0\0", 5)) +
         chunk("IDAT", packed) + chunk("IEND", "");
}

/// A folder, and a door whose child is this program.
struct World {
  World() { fs::create_directory(folder); }
  ~World() { fs::remove_all(folder); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  fs::path file(const std::string& name, const std::string& bytes) const {
    std::ofstream{folder / name, std::ios::binary} << bytes;
    return folder / name;
  }
  std::expected<Found, Fault> inspect(const fs::path& path) const {
    std::promise<std::expected<Found, Fault>> answer;
    media->inspect(path, [&](auto found) { answer.set_value(std::move(found)); });
    return answer.get_future().get();
  }
  std::optional<Fault> make(const fs::path& path, Variant variant, const fs::path& to) const {
    std::promise<std::optional<Fault>> answer;
    media->make(path, variant, to, [&](auto fault) { answer.set_value(fault); });
    return answer.get_future().get();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
  }

  fs::path folder = fs::temp_directory_path() / ("waystation-media-" + std::to_string(::getpid()));
  std::vector<std::string> warnings;
  std::unique_ptr<Media> media =
      open_media("/proc/self/exe", {}, [this](const std::string& warning) { warnings.push_back(warning); });
};

/// The processes any thread of this one has started, and not yet waited for.
std::vector<int> children() {
  std::vector<int> found;
  for (const auto& thread : fs::directory_iterator{"/proc/self/task"}) {
    std::ifstream list{thread.path() / "children"};
    for (int process = 0; list >> process;)
      found.push_back(process);
  }
  return found;
}

std::string status_line(int process, const std::string& name) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(media_child)

BOOST_AUTO_TEST_CASE(a_picture_is_known_by_its_bytes_and_made_small) {
  const World world;
  const auto picture = world.file("holiday.jpg", png(2000, 1000, 1000));
  const auto found = world.inspect(picture);
  BOOST_REQUIRE(found);
  BOOST_TEST(found->media_type == "image/png");
  BOOST_TEST(found->width == 2000U);
  BOOST_TEST(found->height == 1000U);
  for (const auto& [variant, width] : {std::pair{Variant::thumb, 320U}, std::pair{Variant::view, 1600U}}) {
    BOOST_REQUIRE(!world.make(picture, variant, world.folder / "made"));
    const auto made = world.inspect(world.folder / "made");
    BOOST_REQUIRE(made);
    BOOST_TEST(made->media_type == "image/jpeg");
    BOOST_TEST(made->width == width);
    BOOST_TEST(made->height == width / 2);
  }
  // A small one is never enlarged.
  BOOST_REQUIRE(!world.make(world.file("small", png(20, 10, 10)), Variant::view, world.folder / "made"));
  BOOST_TEST(world.inspect(world.folder / "made")->width == 20U);
}

BOOST_AUTO_TEST_CASE(bad_files_end_in_their_fault_and_leave_nothing) {
  const World world;
  const std::string whole = png(300, 300, 300);
  const auto cut = world.file("cut", whole.substr(0, 200));
  BOOST_TEST((world.inspect(world.file("notes", "not a picture at all")).error() == Fault::unknown));
  BOOST_TEST((world.inspect(world.file("empty", "")).error() == Fault::unknown));
  BOOST_TEST((world.inspect(world.file("head", whole.substr(0, 20))).error() == Fault::unreadable));
  BOOST_TEST((world.inspect(world.file("vast", png(935'820, 854'554, 1))).error() == Fault::too_large));
  BOOST_TEST(
      (world.inspect(world.file("heavy", whole + std::string(25 << 20, '\0'))).error() == Fault::too_long));
  BOOST_TEST((world.inspect(world.folder / "missing").error() == Fault::unavailable));
  BOOST_TEST(world.inspect(cut).has_value());
  const auto before = world.files();
  BOOST_TEST((world.make(cut, Variant::view, world.folder / "made") == Fault::damaged));
  BOOST_TEST((world.make(world.folder / "vast", Variant::view, world.folder / "made") == Fault::too_large));
  BOOST_TEST((world.make(world.folder / "notes", Variant::view, world.folder / "made") == Fault::unknown));
  BOOST_TEST((world.make(world.file("whole", whole), Variant::view, world.folder / "none" / "made") ==
              Fault::unavailable));
  BOOST_TEST(world.files() == before + 1);
  BOOST_TEST(world.warnings.empty());
}

BOOST_AUTO_TEST_CASE(the_child_is_locked_in_and_replaced_when_it_ends) {
  World world;
  BOOST_TEST(children().empty());  // started on demand
  const auto picture = world.file("picture", png(30, 30, 30));
  BOOST_TEST(world.inspect(picture).has_value());
  BOOST_REQUIRE(children().size() == 1U);
  const int child = children().front();
  BOOST_TEST(status_line(child, "NoNewPrivs") == "1");
  BOOST_TEST(status_line(child, "Seccomp") == "2");
  std::size_t open = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator{"/proc/" + std::to_string(child) + "/fd"})
    ++open;
  BOOST_TEST(open <= 5U);  // its three, and what libraries keep
  rlimit files{};
  BOOST_REQUIRE(::prlimit(child, RLIMIT_FSIZE, nullptr, &files) == 0);
  BOOST_TEST(files.rlim_max == rlim_t{64} << 20U);

  BOOST_REQUIRE(::kill(child, SIGKILL) == 0);
  BOOST_TEST(world.inspect(picture).has_value());
  BOOST_REQUIRE(children().size() == 1U);
  BOOST_TEST(children().front() != child);
  world.media.reset();
  BOOST_TEST(children().empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_takes_too_long_is_given_up_alone) {
  const World world;
  const auto picture = world.file("picture", png(30, 30, 30));
  BOOST_TEST(world.inspect(picture).has_value());
  const int child = children().front();
  BOOST_REQUIRE(::kill(child, SIGSTOP) == 0);  // as if it were busy with this one
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST((world.inspect(picture).error() == Fault::unreadable));
  const auto spent = std::chrono::steady_clock::now() - start;
  BOOST_TEST((spent > std::chrono::seconds{4} && spent < std::chrono::seconds{8}));
  BOOST_TEST(world.inspect(picture).has_value());
  BOOST_TEST(children().front() != child);
  BOOST_TEST(world.warnings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(everything_asked_is_answered_once) {
  World world;
  const auto picture = world.file("picture", png(1000, 1000, 1000));
  constexpr int asked = 3000;
  std::atomic<int> done = 0;
  std::atomic<int> refused = 0;
  for (int count = 0; count < asked; ++count)
    world.media->make(picture, Variant::thumb, world.folder / "made", [&](auto fault) {
      ++done;
      if (fault == Fault::unavailable) ++refused;
    });
  world.media.reset();
  BOOST_TEST(done == asked);
  BOOST_TEST(refused >= asked - 1100);  // no more than 1,024 wait
}

BOOST_AUTO_TEST_CASE(without_its_program_pictures_are_unavailable_and_that_is_said_once) {
  World world;
  world.media =
      open_media("/nonexistent", {}, [&](const std::string& warning) { world.warnings.push_back(warning); });
  const auto picture = world.file("picture", png(30, 30, 30));
  BOOST_TEST((world.inspect(picture).error() == Fault::unavailable));
  BOOST_TEST((world.inspect(picture).error() == Fault::unavailable));
  BOOST_TEST(world.warnings.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
