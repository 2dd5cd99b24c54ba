#include "server/media/samples.hpp"

namespace waystation::server::media {
namespace {

/// A table of big-endian numbers after a head, read forwards.
class Table {
 public:
  /// `head` bytes of the body come before the numbers; the last four of them say how many rows there are.
  Table(const ReadAt& read, std::uint64_t file_size, const Box& box, std::size_t head)
      : file_(read, file_size), at_(box.body() + head), end_(box.end()) {
    if (box.size - box.header < head) return;
    if (const auto bytes = file_.at(box.body(), head)) {
      rows_ = number(*bytes, head - 4, 4);
      before_ = head >= 12 ? number(*bytes, head - 8, 4) : 0;
      whole_ = true;
    }
  }

  bool whole() const { return whole_; }
  std::uint64_t rows() const { return rows_; }
  /// The number of four bytes before the rows' (stsz: the size of every sample, or 0; stz2: the field's
  /// bits).
  std::uint64_t before() const { return before_; }

  std::optional<std::uint64_t> next(std::size_t size) {
    if (end_ - at_ < size || at_ > end_) return std::nullopt;
    const auto bytes = file_.at(at_, size);
    if (!bytes) return std::nullopt;
    at_ += size;
    return number(*bytes, 0, size);
  }

 private:
  Window file_;
  std::uint64_t at_;
  std::uint64_t end_;
  std::uint64_t rows_ = 0;
  std::uint64_t before_ = 0;
  bool whole_ = false;
};

/// The sizes of samples, one after the other (stsz or stz2, 8.7.3).
class Sizes {
 public:
  Sizes(Table table, bool compact) : table_(std::move(table)) {
    if (compact)
      bits_ = table_.before() & 0xffU;
    else
      all_ = table_.before();
  }

  bool whole() const { return table_.whole() && (bits_ == 4 || bits_ == 8 || bits_ == 16 || bits_ == 32); }

  /// The bytes of the next `count` samples.
  std::optional<std::uint64_t> next(std::uint64_t count) {
    if (all_ != 0) return all_ * count;
    std::uint64_t sum = 0;
    for (; count > 0; --count) {
      const auto size = next();
      if (!size) return std::nullopt;
      sum += *size;
    }
    return sum;
  }

 private:
  std::optional<std::uint64_t> next() {
    if (bits_ != 4) return table_.next(bits_ / 8);
    if (half_) {
      const std::uint64_t low = *half_;
      half_.reset();
      return low;
    }
    const auto both = table_.next(1);
    if (!both) return std::nullopt;
    half_ = *both & 0xfU;
    return *both >> 4U;
  }

  Table table_;
  std::uint64_t all_ = 0;
  std::uint64_t bits_ = 32;
  std::optional<std::uint64_t> half_;
};

/// How many samples a chunk has (stsc, 8.7.4): runs, each beginning with a chunk counted from 1.
class Runs {
 public:
  explicit Runs(Table table) : table_(std::move(table)) { next(); }

  std::optional<std::uint64_t> samples_of(std::uint64_t chunk) {
    while (following_ && *following_ <= chunk) {
      samples_ = following_samples_;
      next();
    }
    return samples_;
  }

 private:
  void next() {
    following_ = read_ < table_.rows() ? table_.next(4) : std::nullopt;
    ++read_;
    const auto samples = table_.next(4);
    const auto description = table_.next(4);
    if (!samples || !description) following_.reset();
    following_samples_ = samples;
  }

  Table table_;
  std::uint64_t read_ = 0;
  std::optional<std::uint64_t> samples_;
  std::optional<std::uint64_t> following_;
  std::optional<std::uint64_t> following_samples_;
};

std::optional<Box> sample_table(Window& file, const Box& track) {
  auto box = child_of(file, track, four("mdia"));
  if (box) box = child_of(file, *box, four("minf"));
  if (box) box = child_of(file, *box, four("stbl"));
  return box;
}

}  // namespace

std::uint32_t handler_of(Window& file, const Box& track) {
  const auto media = child_of(file, track, four("mdia"));
  const auto handler = media ? child_of(file, *media, four("hdlr")) : std::nullopt;
  if (!handler || handler->size - handler->header < 12) return 0;
  const auto type = file.at(handler->body() + 8, 4);
  return type ? static_cast<std::uint32_t>(number(*type, 0, 4)) : 0;
}

bool each_chunk(const ReadAt& read, std::uint64_t file_size, const Box& track,
                const std::function<bool(std::uint64_t offset, std::uint64_t size)>& take) {
  Window file{read, file_size};
  const auto table = sample_table(file, track);
  if (!table) return false;
  const auto stsc = child_of(file, *table, four("stsc"));
  const auto stco = child_of(file, *table, four("stco"));
  const auto co64 = child_of(file, *table, four("co64"));
  const auto stsz = child_of(file, *table, four("stsz"));
  const auto stz2 = child_of(file, *table, four("stz2"));
  if (!stsc || (!stco && !co64) || (!stsz && !stz2)) return false;

  Table offsets{read, file_size, stco ? *stco : *co64, 8};
  Sizes sizes{Table{read, file_size, stsz ? *stsz : *stz2, 12}, !stsz};
  Runs runs{Table{read, file_size, *stsc, 8}};
  if (!offsets.whole() || !sizes.whole()) return false;
  for (std::uint64_t chunk = 1; chunk <= offsets.rows(); ++chunk) {
    const auto offset = offsets.next(stco ? 4 : 8);
    const auto samples = runs.samples_of(chunk);
    const auto size = samples ? sizes.next(*samples) : std::nullopt;
    if (!offset || !size) return false;
    if (*offset > file_size) return false;
    if (!take(*offset, std::min(*size, file_size - *offset))) return false;
  }
  return true;
}

}  // namespace waystation::server::media
