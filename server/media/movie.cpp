#include "server/media/movie.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "server/media/boxes.hpp"
#include "server/media/samples.hpp"

namespace waystation::server::media {
namespace {

constexpr std::size_t most_patches = 65'536;

/// One walk over a file, gathering patches.
class Blanking {
 public:
  Blanking(const ReadAt& read, std::uint64_t file_size) : read_(read), file_(read, file_size) {}

  std::vector<Patch> run() {
    walk_file();
    if (!moov_seen_ || patches_.size() > most_patches) hidden_from_ = 0;
    return in_order();
  }

 private:
  /// What becomes of the children of a type; those without a row are blanked.
  struct Row {
    std::uint32_t type = 0;
    bool (Blanking::*rule)(const Box&) = nullptr;  // null: shown as it is. False: this box cannot be walked
  };

  /// Shows what the rows say of the boxes in [from, end); false if they cannot be walked.
  bool walk(std::uint64_t from, std::uint64_t end, std::span<const Row> rows) {
    while (from < end) {
      const auto box = box_at(file_, from, end);
      if (!box || patches_.size() > most_patches) return false;
      const auto row = std::ranges::find(rows, box->type, &Row::type);
      if (row == rows.end())
        blank(*box);
      else if (row->rule != nullptr && !(this->*row->rule)(*box))
        return false;
      from = box->end();
    }
    return true;
  }

  bool walk(const Box& parent, std::span<const Row> rows) { return walk(parent.body(), parent.end(), rows); }

  void walk_file() {
    static constexpr std::array rows{Row{four("ftyp")},
                                     Row{four("styp")},
                                     Row{four("sidx")},
                                     Row{four("ssix")},
                                     Row{four("pdin")},
                                     Row{four("mfra")},
                                     Row{four("mdat")},
                                     Row{four("moov"), &Blanking::movie},
                                     Row{four("moof"), &Blanking::fragment}};
    const std::uint64_t end = file_.file_size();
    for (std::uint64_t from = 0; from < end;) {
      const auto box = box_at(file_, from, end);
      const std::uint64_t to = box ? box->end() : end;
      // Samples that break off are still samples.
      const auto head = box ? std::nullopt : file_.at(from, 8);
      const bool cut = head && number(*head, 4, 4) == four("mdat") && moov_seen_;
      if (!cut && !walk(from, to, rows)) {
        hide_from(from);
        return;
      }
      from = to;
    }
  }

  bool movie(const Box& box) {
    static constexpr std::array rows{Row{four("mvhd"), &Blanking::times}, Row{four("iods")},
                                     Row{four("mvex"), &Blanking::fragments_follow},
                                     Row{four("trak"), &Blanking::track}};
    moov_seen_ = true;
    if (!walk(box, rows)) hide_from(0);
    // Fragments say anew where samples lie; which of them are of a hidden track is not looked up.
    if (fragmented_ && track_hidden_) hide_from(0);
    return true;
  }

  bool fragments_follow(const Box&) {
    fragmented_ = true;
    return true;
  }

  bool track(const Box& box) {
    static constexpr std::array rows{Row{four("tkhd"), &Blanking::times}, Row{four("edts")},
                                     Row{four("mdia"), &Blanking::media}};
    const auto handler = handler_of(file_, box);
    if (handler == four("vide") || handler == four("soun")) return walk(box, rows);
    track_hidden_ = true;
    blank(box);
    return each_chunk(read_, file_.file_size(), box, [this](std::uint64_t offset, std::uint64_t size) {
      zero(offset, size);
      return patches_.size() <= most_patches;
    });
  }

  bool media(const Box& box) {
    static constexpr std::array rows{Row{four("mdhd"), &Blanking::times}, Row{four("hdlr"), &Blanking::name},
                                     Row{four("minf"), &Blanking::information}, Row{four("elng")}};
    return walk(box, rows);
  }

  bool information(const Box& box) {
    static constexpr std::array rows{Row{four("vmhd")}, Row{four("smhd")}, Row{four("nmhd")},
                                     Row{four("dinf"), &Blanking::places_of_data},
                                     Row{four("stbl"), &Blanking::sample_table}};
    return walk(box, rows);
  }

  bool sample_table(const Box& box) {
    static constexpr std::array rows{Row{four("stsd"), &Blanking::descriptions},
                                     Row{four("stts")},
                                     Row{four("ctts")},
                                     Row{four("cslg")},
                                     Row{four("stss")},
                                     Row{four("stsh")},
                                     Row{four("stsc")},
                                     Row{four("stsz")},
                                     Row{four("stz2")},
                                     Row{four("stco")},
                                     Row{four("co64")},
                                     Row{four("stps")},
                                     Row{four("sdtp")},
                                     Row{four("sbgp")},
                                     Row{four("sgpd")},
                                     Row{four("subs")},
                                     Row{four("padb")}};
    return walk(box, rows);
  }

  bool fragment(const Box& box) {
    static constexpr std::array rows{Row{four("mfhd")}, Row{four("traf"), &Blanking::track_fragment}};
    return walk(box, rows);
  }

  bool track_fragment(const Box& box) {
    static constexpr std::array rows{Row{four("tfhd")}, Row{four("tfdt")}, Row{four("trun")},
                                     Row{four("sbgp")}, Row{four("sgpd")}, Row{four("subs")},
                                     Row{four("saiz")}, Row{four("saio")}, Row{four("senc")}};
    return walk(box, rows);
  }

  /// mvhd, tkhd, mdhd (8.2.2, 8.3.2, 8.4.2): times of creation and modification follow version and flags.
  bool times(const Box& box) {
    const auto version = file_.at(box.body(), 1);
    if (!version) return false;
    const std::uint64_t size = version->front() == 1 ? 16 : 8;
    if (box.size - box.header < 4 + size) return false;
    zero(box.body() + 4, size);
    return true;
  }

  /// hdlr (8.4.3): 24 bytes, then a name, which often is the device's maker's.
  bool name(const Box& box) { return zero_after(box, 24); }

  bool zero_after(const Box& box, std::uint64_t kept) {
    if (box.size - box.header < kept) return false;
    zero(box.body() + kept, box.size - box.header - kept);
    return true;
  }

  /// dref (8.7.2) holds paths and addresses only where samples lie in other files, which are not shown.
  bool places_of_data(const Box& box) {
    static constexpr std::array rows{Row{four("dref"), &Blanking::references}};
    return walk(box, rows);
  }

  bool references(const Box& box) {
    static constexpr std::array rows{Row{four("url "), &Blanking::reference},
                                     Row{four("urn "), &Blanking::reference},
                                     Row{four("alis"), &Blanking::reference}};
    return box.size - box.header >= 8 && walk(box.body() + 8, box.end(), rows);
  }

  bool reference(const Box& box) { return zero_after(box, 4); }

  /// stsd (8.5.2): an entry begins as its handler says, and ends with boxes.
  bool descriptions(const Box& box) {
    if (box.size - box.header < 8) return false;
    for (std::uint64_t at = box.body() + 8; at < box.end();) {
      const auto entry = box_at(file_, at, box.end());
      if (!entry) return false;
      description(*entry);
      at = entry->end();
    }
    return true;
  }

  void description(const Box& entry) {
    constexpr std::uint64_t picture_head = 78;
    constexpr std::uint64_t software = 42;
    constexpr std::uint64_t software_size = 32;
    const bool is_picture = child_of(file_, entry, four("avcC"), picture_head).has_value() ||
                            child_of(file_, entry, four("hvcC"), picture_head).has_value() ||
                            entry.type == four("mp4v") || entry.type == four("s263");
    if (is_picture && entry.size - entry.header >= picture_head) zero(entry.body() + software, software_size);
    // What the decoder needs is known by few; what tells of people goes by these names everywhere.
    const std::uint64_t head = is_picture ? picture_head : sound_head(entry);
    if (entry.size - entry.header < head) return;
    for (std::uint64_t at = entry.body() + head; at < entry.end();) {
      const auto box = box_at(file_, at, entry.end());
      if (!box) return;
      if (box->type == four("udta") || box->type == four("meta") || box->type == four("uuid")) blank(*box);
      at = box->end();
    }
  }

  /// 28 bytes; QuickTime's versions 1 and 2 have more.
  std::uint64_t sound_head(const Box& entry) {
    const auto version = file_.at(entry.body() + 8, 2);
    const std::uint64_t number_of = version ? number(*version, 0, 2) : 0;
    return number_of == 1 ? 44 : number_of == 2 ? 64 : 28;
  }

  void blank(const Box& box) {
    patches_.push_back({.offset = box.offset + 4, .size = 4, .bytes = "free"});
    zero(box.body(), box.size - box.header);
  }

  void zero(std::uint64_t offset, std::uint64_t size) {
    if (size == 0) return;
    Patch* last = patches_.empty() ? nullptr : &patches_.back();
    if (last != nullptr && last->bytes.empty() && last->offset + last->size == offset)
      last->size += size;
    else
      patches_.push_back({.offset = offset, .size = size, .bytes = {}});
  }

  void hide_from(std::uint64_t offset) { hidden_from_ = std::min(hidden_from_, offset); }

  std::vector<Patch> in_order() {
    const std::uint64_t end = std::min(hidden_from_, file_.file_size());
    std::ranges::sort(patches_, {}, &Patch::offset);
    std::vector<Patch> ordered;
    std::uint64_t from = 0;
    for (Patch& patch : patches_) {
      const std::uint64_t to = std::min(patch.offset + patch.size, end);
      if (to <= from || patch.offset >= end) continue;
      const std::uint64_t skipped = from > patch.offset ? from - patch.offset : 0;
      patch.offset += skipped;
      patch.size = to - patch.offset;
      if (!patch.bytes.empty()) patch.bytes = patch.bytes.substr(skipped, patch.size);
      from = to;
      ordered.push_back(std::move(patch));
    }
    if (end < file_.file_size())
      ordered.push_back({.offset = end, .size = file_.file_size() - end, .bytes = {}});
    return ordered;
  }

  const ReadAt& read_;
  Window file_;
  std::vector<Patch> patches_;
  std::uint64_t hidden_from_ = UINT64_MAX;
  bool moov_seen_ = false;
  bool fragmented_ = false;
  bool track_hidden_ = false;
};

}  // namespace

std::vector<Patch> blanking_of(const ReadAt& read, std::uint64_t file_size) {
  return Blanking{read, file_size}.run();
}

void apply(const std::vector<Patch>& patches, std::uint64_t offset, std::string& piece) {
  auto patch = std::ranges::partition_point(
      patches, [offset](const Patch& each) { return each.offset + each.size <= offset; });
  const std::uint64_t end = offset + piece.size();
  for (; patch != patches.end() && patch->offset < end; ++patch) {
    const std::uint64_t from = std::max(offset, patch->offset);
    const std::uint64_t to = std::min(end, patch->offset + patch->size);
    for (std::uint64_t at = from; at < to; ++at)
      piece[at - offset] = patch->bytes.empty() ? '\0' : patch->bytes[at - patch->offset];
  }
}

}  // namespace waystation::server::media
