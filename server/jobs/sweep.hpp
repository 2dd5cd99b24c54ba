#pragma once
#include <cstdint>

#include "server/api/handler.hpp"

namespace waystation::server {

/// Removes files that no row knows: what a kill or a power cut left between a file and its row. Looks at what
/// was not written for a day, once at the start and then daily, in parts. One thread.
class Sweep {
 public:
  explicit Sweep(Context& context) : context_(context) {}

  /// Does the next part, if one is due; true if another is due at once. Blocks.
  bool step();

 private:
  void sweep_photos(std::uint8_t part, protocol::Time before);
  void sweep_uploads(protocol::Time before);

  Context& context_;
  protocol::Time due_{};
  std::uint8_t part_ = 0;
};

}  // namespace waystation::server
