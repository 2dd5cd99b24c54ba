#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "server/media/movie.hpp"
#include "tests/unit/server/media_boxes.hpp"

namespace {

using namespace waystation::server::media;
using namespace make_media;

std::string shown(const std::string& file) {
  const ReadAt read = [&file](std::uint64_t offset, std::size_t size) { return file.substr(offset, size); };
  const auto patches = blanking_of(read, file.size());
  std::uint64_t from = 0;
  for (const Patch& patch : patches) {
    BOOST_TEST(patch.offset >= from);
    BOOST_TEST(patch.size > 0);
    BOOST_TEST((patch.bytes.empty() || patch.bytes.size() == patch.size));
    from = patch.offset + patch.size;
  }
  BOOST_TEST(from <= file.size());
  // A piece at a time, as it is sent: every cut gives the same.
  std::string whole = file;
  apply(patches, 0, whole);
  for (const std::size_t piece_size : {1U, 7U, 4096U}) {
    std::string pieces;
    for (std::size_t at = 0; at < file.size(); at += piece_size) {
      std::string piece = file.substr(at, piece_size);
      apply(patches, at, piece);
      pieces += piece;
    }
    BOOST_TEST((pieces == whole));
  }
  BOOST_TEST(whole.size() == file.size());
  return whole;
}

bool holds(const std::string& file, std::string_view words) {
  return file.find(words) != std::string::npos;
}

const std::string picture_tables =
    table("stsc", "", {1, 1, 1}, 3) + table("stsz", u32(13), {}) + table("stco", "", {48});

/// ftyp, mdat with one chunk of 13 bytes of picture, then `more` of it, then moov.
std::string movie(const std::string& tracks, const std::string& more = "", const std::string& in_moov = "",
                  const std::string& at_end = "") {
  // ftyp takes 32 bytes, mdat's head and the dots 8 each: the picture is at 48.
  return ftyp() + box("mdat", "........picture bytes" + more) + box("moov", mvhd() + tracks + in_moov) +
         at_end;
}
constexpr std::uint64_t more_at = 61;

const std::string picture = track({.tables = picture_tables});

}  // namespace

BOOST_AUTO_TEST_SUITE(media_blanking)

BOOST_AUTO_TEST_CASE(what_plays_stays_what_tells_goes) {
  const std::string secrets = box("udta", box("\xa9xyz", "SECRET place")) + box("meta", "SECRET") +
                              box("uuid", "SECRET SECRET SECRET");
  const std::string file =
      movie(track({.tables = picture_tables, .user_data = box("udta", "SECRET")}), "", secrets,
            box("free", "SECRET of the maker") + box("udta", "SECRET") + box("beam", "SECRET"));
  const std::string seen = shown(file);
  BOOST_TEST(holds(file, "SECRET"));
  BOOST_TEST(!holds(seen, "SECRET"));
  BOOST_TEST(!holds(seen, "Maker"));       // handler and codec names
  BOOST_TEST(!holds(seen, u32(made_at)));  // times of making
  BOOST_TEST(holds(seen, "picture bytes"));
  for (const char* needed : {"ftyp", "mdat", "moov", "mvhd", "trak", "tkhd", "mdia", "mdhd", "hdlr", "vide",
                             "minf", "stbl", "stsd", "avc1", "avcC", "stsc", "stsz", "stco"})
    BOOST_TEST(holds(seen, needed), needed);
  for (const char* gone : {"udta", "meta", "uuid", "beam"})
    BOOST_TEST(!holds(seen, gone), gone);
  // Nothing moved: sizes and tables are where they were.
  BOOST_TEST(seen.substr(0, 61) == file.substr(0, 61));
}

BOOST_AUTO_TEST_CASE(blanking_again_changes_nothing) {
  const std::string once = shown(movie(picture, "", box("udta", "SECRET")));
  BOOST_TEST((shown(once) == once));
}

BOOST_AUTO_TEST_CASE(tracks_that_are_neither_picture_nor_sound_go_with_their_samples) {
  // Two chunks, of two samples and of one; subtitles too, into which some cameras write positions.
  for (const char* handler : {"meta", "text", "sbtl"}) {
    const std::string tables = table("stsc", "", {1, 2, 1, 2, 1, 1}, 3) + table("stsz", u32(0), {3, 3, 6}) +
                               table("stco", "", {more_at, more_at + 10});
    const std::string file =
        movie(picture + track({.handler = handler, .tables = tables}), "SECRET....SECRET!!!!");
    const std::string seen = shown(file);
    BOOST_TEST(!holds(seen, "SECRET"));
    BOOST_TEST(!holds(seen, handler));
    BOOST_TEST(holds(seen, "picture bytes"));
    BOOST_TEST(holds(seen, "!!!!"));  // not theirs
  }
}

BOOST_AUTO_TEST_CASE(tables_of_all_kinds_are_read) {
  const std::string wide = box("co64", u32(0) + u32(1) + big_endian(more_at, 8));
  const std::string compact = box("stz2", u32(0) + u32(4) + u32(3) + "\x33\x50");  // 3, 3 and 5 bytes
  const std::string tables = table("stsc", "", {1, 3, 1}, 3);
  BOOST_TEST(!holds(
      shown(movie(picture + track({.handler = "meta", .tables = tables + wide + compact}), "SECRET.....")),
      "SECRET"));
  const std::string equal = table("stsz", u32(2), {});
  BOOST_TEST(
      !holds(shown(movie(picture + track({.handler = "meta", .tables = tables + wide + equal}), "SECRET")),
             "SECRET"));
}

BOOST_AUTO_TEST_CASE(samples_that_cannot_be_told_apart_hide_the_file) {
  const auto all_hidden = [](const std::string& file) {
    return shown(file).find_first_not_of('\0') == std::string::npos;
  };
  const std::string no_tables = movie(picture + track({.handler = "meta", .tables = ""}), "SECRET");
  BOOST_TEST(all_hidden(no_tables));
  const std::string beyond =
      movie(picture + track({.handler = "meta",
                             .tables = table("stsc", "", {1, 1, 1}, 3) + table("stsz", u32(6), {}) +
                                       table("stco", "", {1'000'000})}),
            "SECRET");
  BOOST_TEST(all_hidden(beyond));
  const std::string fragmented =
      movie(picture + track({.handler = "meta",
                             .tables = table("stsc", "", {}, 3) + table("stsz", u32(0), {}) +
                                       table("stco", "", {})}),
            "", box("mvex", box("trex", zeros(24)))) +
      box("moof", box("mfhd", zeros(8))) + box("mdat", "SECRET");
  BOOST_TEST(all_hidden(fragmented));
  BOOST_TEST(all_hidden("SECRET, and no movie at all"));
  BOOST_TEST(all_hidden(ftyp() + box("mdat", "SECRET")));
  // moov cut anywhere
  const std::string whole = movie(picture);
  for (std::size_t size = 74; size < whole.size(); size += 5)
    BOOST_TEST(all_hidden(whole.substr(0, size)));
}

BOOST_AUTO_TEST_CASE(fragments_play_without_what_tells) {
  const std::string file =
      ftyp() + box("moov", mvhd() + picture + box("mvex", box("trex", zeros(24)))) +
      box("moof", box("mfhd", zeros(8)) +
                      box("traf", box("tfhd", zeros(8)) + box("trun", zeros(8)) + box("uuid", "SECRET"))) +
      box("mdat", "picture bytes");
  const std::string seen = shown(file);
  BOOST_TEST(!holds(seen, "SECRET"));
  BOOST_TEST(holds(seen, "picture bytes"));
  BOOST_TEST(holds(seen, "trun"));
}

BOOST_AUTO_TEST_CASE(from_where_it_cannot_be_walked_nothing_shows) {
  const std::string seen = shown(movie(picture) + u32(3) + "SECRET");
  BOOST_TEST(!holds(seen, "SECRET"));
  BOOST_TEST(holds(seen, "picture bytes"));
}

BOOST_AUTO_TEST_CASE(a_recording_that_breaks_off_still_shows) {
  const std::string file = ftyp() + box("moov", mvhd() + picture) + u32(1'000'000) + "mdat" + "picture bytes";
  BOOST_TEST(holds(shown(file), "picture bytes"));
}

BOOST_AUTO_TEST_CASE(hostile_files_cost_little) {
  std::string many;
  for (int count = 0; count < 100'000; ++count)
    many += box("abcd", "");
  BOOST_TEST(shown(movie(picture, "", many)).find_first_not_of('\0') == std::string::npos);
  // A table that claims four thousand million chunks of as many samples
  const std::string claims = box("stsc", u32(0) + u32(1) + u32(1) + u32(~0U) + u32(1)) +
                             table("stsz", u32(0xffffffff), {}) + box("stco", u32(0) + u32(~0U) + u32(0));
  BOOST_TEST(
      !holds(shown(movie(picture + track({.handler = "meta", .tables = claims}), "SECRET")), "SECRET"));
  // A box in itself, as often as it fits
  std::string nest;
  for (int depth = 0; depth < 10'000; ++depth)
    nest = box("trak", nest).substr(0, 80'000);
  shown(movie(nest));
}

BOOST_AUTO_TEST_SUITE_END()
