#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

/// Files of boxes, made by hand.
namespace make_media {

using namespace std::string_view_literals;

inline std::string big_endian(std::uint64_t value, int size) {
  std::string bytes;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
  return bytes;
}
inline std::string u32(std::uint64_t value) {
  return big_endian(value, 4);
}
inline std::string zeros(std::size_t size) {
  return std::string(size, '\0');
}

inline std::string box(std::string_view type, std::string_view body) {
  return u32(8 + body.size()).append(type).append(body);
}

/// A table: version, flags, what stands before the count, the count, then rows of four bytes.
inline std::string table(std::string_view type, std::string_view before,
                         std::initializer_list<std::uint64_t> rows, std::size_t numbers_a_row = 1) {
  std::string body = u32(0).append(before).append(u32(rows.size() / numbers_a_row));
  for (const auto row : rows)
    body += u32(row);
  return box(type, body);
}

struct TrackWords {
  std::string_view handler = "vide";
  std::string_view handler_name = "Maker Handler";
  std::string_view tables = ""sv;     // in stbl, besides stsd
  std::string_view user_data = ""sv;  // in trak
};

inline constexpr std::uint64_t made_at = 3'700'000'000;  // 2021-03-31T01:46:40Z, from 1904 on

inline std::string matrix(bool lying) {
  const std::string one = u32(0x10000);
  const std::string turn =
      lying ? zeros(4) + one + zeros(4) + u32(0xffff0000) + zeros(16) : one + zeros(12) + one + zeros(12);
  return turn + u32(0x40000000);
}

inline std::string track(const TrackWords& words, bool lying = false) {
  const bool is_picture = words.handler == "vide";
  const std::string times = u32(made_at) + u32(made_at);
  const std::string tkhd =
      box("tkhd", u32(3) + times + zeros(28) + matrix(lying) + u32(is_picture ? 1920U << 16U : 0) +
                      u32(is_picture ? 1080U << 16U : 0));
  const std::string mdhd = box("mdhd", u32(0) + times + zeros(12));
  const std::string hdlr = box(
      "hdlr", zeros(8).append(words.handler).append(zeros(12)).append(words.handler_name).append(1, '\0'));
  std::string entry = is_picture
                          ? zeros(42) + "\x0bMaker Codec" + zeros(20) + zeros(4) + box("avcC", "\1\2\3") +
                                box("uuid",
                                    "sixteen bytes of"
                                    "SECRET")
                          : zeros(28) + box("esds", "\1\2\3");
  const std::string stsd = box("stsd", u32(0) + u32(1) +
                                           box(is_picture                ? "avc1"
                                               : words.handler == "soun" ? "mp4a"
                                                                         : "mebx",
                                               entry));
  const std::string minf =
      box("minf", box("vmhd", zeros(12)) + box("dinf", box("dref", u32(0) + u32(1) + box("url ", u32(1)))) +
                      box("stbl", stsd + std::string{words.tables}));
  return box("trak", tkhd + box("mdia", mdhd + hdlr + minf) + std::string{words.user_data});
}

inline std::string mvhd() {
  return box("mvhd", u32(0) + u32(made_at) + u32(made_at) + zeros(88));
}

inline std::string ftyp(std::string_view major = "isom") {
  return box("ftyp", std::string{major} + u32(512) + "isomiso2avc1mp41");
}

}  // namespace make_media
