#include <boost/test/unit_test.hpp>

#include "server/media/exif.hpp"
#include "server/media/kind.hpp"
#include "server/media/movie_header.hpp"
#include "tests/unit/server/media_boxes.hpp"

namespace {

using namespace waystation::server::media;
using namespace make_media;
using namespace std::string_literals;

std::optional<Found> read(const std::string& file, std::optional<Found> (*reader)(Window&) = read_movie) {
  Window window{[&file](std::uint64_t offset, std::size_t size) { return file.substr(offset, size); },
                file.size()};
  return reader(window);
}

std::string text_of(const std::optional<waystation::protocol::Time>& at) {
  return at ? waystation::protocol::to_string(*at) : "none";
}

/// A TIFF of one order, written as a camera would: directories, then what does not fit into entries.
class Camera {
 public:
  explicit Camera(bool little) : little_(little) {}

  std::string number(std::uint32_t value, int size) const {
    std::string bytes = big_endian(value, size);
    if (little_) std::ranges::reverse(bytes);
    return bytes;
  }
  std::string rationals(std::initializer_list<std::pair<std::uint32_t, std::uint32_t>> values) const {
    std::string bytes;
    for (const auto& [above, below] : values)
      bytes += number(above, 4) + number(below, 4);
    return bytes;
  }

  struct Entry {
    std::uint32_t tag;
    std::uint32_t type;
    std::string bytes;
  };
  static Entry text(std::uint32_t tag, const std::string& words) { return {tag, 2, words + '\0'}; }

  std::string file(const std::vector<Entry>& camera, const std::vector<Entry>& gps) const {
    constexpr std::uint32_t first = 8;
    constexpr std::uint32_t second = first + 2 + 2 * 12 + 4;
    const std::string exif_part = directory(camera, second);
    const auto third = static_cast<std::uint32_t>(second + exif_part.size());
    return (little_ ? "II"s : "MM"s) + number(42, 2) + number(first, 4) + number(2, 2) +
           pointer(0x8769, second) + pointer(0x8825, third) + number(0, 4) + exif_part +
           directory(gps, third);
  }

 private:
  std::string pointer(std::uint32_t tag, std::uint32_t to) const {
    return number(tag, 2) + number(4, 2) + number(1, 4) + number(to, 4);
  }
  std::string directory(const std::vector<Entry>& entries, std::uint32_t at) const {
    std::string head = number(static_cast<std::uint32_t>(entries.size()), 2);
    std::string rest;
    const auto rest_at = static_cast<std::uint32_t>(at + 2 + entries.size() * 12 + 4);
    for (const Entry& entry : entries) {
      const auto count =
          static_cast<std::uint32_t>(entry.type == 5 ? entry.bytes.size() / 8 : entry.bytes.size());
      head += number(entry.tag, 2) + number(entry.type, 2) + number(count, 4);
      if (entry.bytes.size() <= 4) {
        head += entry.bytes + zeros(4 - entry.bytes.size());
      } else {
        head += number(rest_at + static_cast<std::uint32_t>(rest.size()), 4);
        rest += entry.bytes;
      }
    }
    return head + number(0, 4) + rest;
  }

  bool little_;
};

std::vector<Camera::Entry> kaifeng(const Camera& camera, const std::string& north = "N") {
  return {Camera::text(1, north),
          {2, 5, camera.rationals({{34, 1}, {48, 1}, {3852, 100}})},
          Camera::text(3, "E"),
          {4, 5, camera.rationals({{114, 1}, {20, 1}, {301, 10}})}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(media_headers)

BOOST_AUTO_TEST_CASE(the_bytes_say_what_a_file_is) {
  const std::string rest(20, 'x');
  BOOST_TEST((kind_of("\xff\xd8\xff\xe0" + rest) == Kind::jpeg));
  BOOST_TEST((kind_of("\x89PNG\r\n\x1a\n" + rest) == Kind::png));
  BOOST_TEST((kind_of("RIFF1234WEBPVP8 " + rest) == Kind::webp));
  BOOST_TEST((kind_of(box("ftyp", "heic" + u32(0) + "mif1heic")) == Kind::heic));
  BOOST_TEST((kind_of(box("ftyp", "mif1" + u32(0) + "mif1heic")) == Kind::heic));
  BOOST_TEST((kind_of(ftyp()) == Kind::movie));
  BOOST_TEST((kind_of(box("ftyp", "3gp4" + u32(0) + "3gp4")) == Kind::movie));
  BOOST_TEST((kind_of("\x1a\x45\xdf\xa3" + rest) == Kind::webm));
  // AVIF, QuickTime, SVG, GIF, TIFF, PDF, a program, brands outside their box, nothing
  for (const std::string& other :
       {box("ftyp", "avif" + u32(0) + "mif1avif"), box("ftyp", "qt  " + u32(0) + "qt  "),
        "<svg xmlns=''>"s + rest, "GIF89a"s + rest, "II*\0"s + rest, "%PDF-1.7"s + rest,
        "\x7f"
        "ELF"s +
            rest,
        u32(12) + "ftypqt  " + "isomisom", ""s})
    BOOST_TEST(!kind_of(other));
}

BOOST_AUTO_TEST_CASE(exif_tells_time_only_with_a_zone) {
  for (const bool little : {true, false}) {
    const Camera camera{little};
    const auto taken = Camera::text(0x9003, "2024:02:03 06:30:05");
    const auto zone = Camera::text(0x9011, "+08:00");
    BOOST_TEST(text_of(read_exif(camera.file({taken, zone, Camera::text(0x9291, "25")}, {})).at) ==
               "2024-02-02T22:30:05.250Z");
    BOOST_TEST(text_of(read_exif("Exif\0\0"s + camera.file({taken, zone}, {})).at) ==
               "2024-02-02T22:30:05.000Z");
    BOOST_TEST(text_of(read_exif(camera.file({taken}, {})).at) == "none");
    const std::vector<Camera::Entry> clock{{7, 5, camera.rationals({{22, 1}, {30, 1}, {45, 10}})},
                                           Camera::text(0x1d, "2024:02:02")};
    BOOST_TEST(text_of(read_exif(camera.file({taken}, clock)).at) == "2024-02-02T22:30:04.000Z");
    BOOST_TEST(text_of(read_exif(camera.file({Camera::text(0x9003, "0000:00:00 00:00:00"), zone}, {})).at) ==
               "none");
    BOOST_TEST(text_of(read_exif(camera.file({taken, Camera::text(0x9011, "   :  ")}, {})).at) == "none");
  }
}

BOOST_AUTO_TEST_CASE(exif_tells_the_place) {
  for (const bool little : {true, false}) {
    const Camera camera{little};
    const auto exif = read_exif(camera.file({}, kaifeng(camera)));
    BOOST_REQUIRE(exif.place);
    BOOST_TEST(exif.place->lat == 34.8107, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(exif.place->lon == 114.341694444, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(read_exif(camera.file({}, kaifeng(camera, "S"))).place->lat == -34.8107,
               boost::test_tools::tolerance(1e-9));
    // No fix, no such side, no such angle, a division by zero, degrees alone missing
    BOOST_TEST(!read_exif(camera.file({}, kaifeng(camera, "X"))).place);
    for (const auto& angle :
         {camera.rationals({{0, 0}, {0, 0}, {0, 0}}), camera.rationals({{91, 1}, {0, 1}, {0, 1}}),
          camera.rationals({{34, 0}, {48, 1}, {0, 1}}), camera.rationals({{34, 1}, {61, 1}, {0, 1}})}) {
      auto entries = kaifeng(camera);
      entries[1].bytes = angle;
      if (angle == camera.rationals({{0, 0}, {0, 0}, {0, 0}})) entries[3].bytes = angle;
      BOOST_TEST(!read_exif(camera.file({}, entries)).place);
    }
  }
}

BOOST_AUTO_TEST_CASE(exif_cut_anywhere_does_no_harm) {
  const Camera camera{true};
  const std::string whole = camera.file(
      {Camera::text(0x9003, "2024:02:03 06:30:05"), Camera::text(0x9011, "+08:00")}, kaifeng(camera));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto exif = read_exif(std::string_view{whole}.substr(0, size));
    BOOST_TEST((size < whole.size() - 24 ? !exif.place : true));
  }
  BOOST_TEST(read_exif(whole).place.has_value());
}

BOOST_AUTO_TEST_CASE(a_movie_tells_its_size_upright_its_time_and_its_place) {
  const std::string xyz = box("udta", box("\xa9xyz", u32(0x00120000 + 0x15c7) + "+34.8107+114.3417/"));
  const auto upright = read(ftyp() + box("moov", mvhd() + track({}) + xyz));
  BOOST_REQUIRE(upright);
  BOOST_TEST(upright->media_type == "video/mp4");
  BOOST_TEST(upright->width == 1920U);
  BOOST_TEST(upright->height == 1080U);
  BOOST_TEST(text_of(upright->exif.at) == "2021-03-31T01:46:40.000Z");
  BOOST_REQUIRE(upright->exif.place);
  BOOST_TEST(upright->exif.place->lat == 34.8107);
  BOOST_TEST(upright->exif.place->lon == 114.3417);

  const std::string loci =
      box("udta", box("loci", u32(0) + "\x15\xc7" + "here" + zeros(2) + u32(114U << 16U) +
                                  u32((0xffffffffU - (34U << 16U)) + 1) + zeros(6)));
  const auto turned =
      read(ftyp("3gp4") + box("moov", mvhd() + track({.handler = "soun"}) + track({}, true) + loci));
  BOOST_REQUIRE(turned);
  BOOST_TEST(turned->media_type == "video/3gpp");
  BOOST_TEST(turned->width == 1080U);
  BOOST_TEST(turned->height == 1920U);
  BOOST_REQUIRE(turned->exif.place);
  BOOST_TEST(turned->exif.place->lat == -34);
  BOOST_TEST(turned->exif.place->lon == 114);

  BOOST_TEST(read(ftyp("M4A ") + box("moov", mvhd() + track({.handler = "soun"})))->media_type ==
             "audio/mp4");
}

BOOST_AUTO_TEST_CASE(a_movie_without_tracks_or_cut_is_unreadable) {
  BOOST_TEST(!read(ftyp() + box("moov", mvhd())));
  BOOST_TEST(!read(ftyp() + box("moov", mvhd() + track({.handler = "meta"}))));
  BOOST_TEST(!read(ftyp() + box("mdat", "samples")));
  const std::string whole = ftyp() + box("moov", mvhd() + track({}));
  for (std::size_t size = 0; size < whole.size(); ++size)
    BOOST_TEST(!read(whole.substr(0, size)));
}

BOOST_AUTO_TEST_CASE(a_voice_note_is_webm_with_sound_alone) {
  const auto element = [](const std::string& id, const std::string& body) {
    return id + big_endian(0x4000 | body.size(), 2) + body;
  };
  const auto file = [&](const std::string& doc_type, const std::string& tracks) {
    return element("\x1a\x45\xdf\xa3", element("\x42\x82", doc_type)) + "\x18\x53\x80\x67" + "\x01" +
           std::string(7, '\xff') + element("\x15\x49\xa9\x66", "info") +
           element("\x16\x54\xae\x6b", tracks) + "\x1f\x43\xb6\x75" + "\xff" + "cluster";
  };
  const std::string sound = element("\xae", element("\xd7", "\1") + element("\x83", "\2"));
  const std::string picture = element("\xae", element("\x83", "\1"));
  const auto found = read(file("webm", sound), read_webm);
  BOOST_REQUIRE(found);
  BOOST_TEST(found->media_type == "audio/webm");
  BOOST_TEST(!read(file("webm", sound + picture), read_webm));
  BOOST_TEST(!read(file("webm", ""), read_webm));
  BOOST_TEST(!read(file("matroska", sound), read_webm));
  const std::string whole = file("webm", sound);
  for (std::size_t size = 0; size < whole.size() - 13; ++size)
    BOOST_TEST(!read(whole.substr(0, size), read_webm));
}

BOOST_AUTO_TEST_SUITE_END()
