#include "server/demo/data.hpp"

// The files' bytes, each between two labels; the build looks again when one changes (CMakeLists.txt).
#define WAYSTATION_HOLD(label, file)                                       \
  asm(".section .rodata\n"                                                 \
      ".global " label                                                     \
      "\n"                                                                 \
      ".global " label "_end\n" label                                      \
      ":\n"                                                                \
      ".incbin \"" WAYSTATION_SOURCE_DIR "/server/demo/" file "\"\n" label \
      "_end:\n"                                                            \
      ".byte 0\n"                                                          \
      ".previous\n")

WAYSTATION_HOLD("waystation_cast", "cast.json");
WAYSTATION_HOLD("waystation_points", "points.json");
WAYSTATION_HOLD("waystation_territory", "kaifeng.geojson");

extern "C" const char waystation_cast[], waystation_cast_end[];
extern "C" const char waystation_points[], waystation_points_end[];
extern "C" const char waystation_territory[], waystation_territory_end[];

namespace waystation::server::demo {

std::string_view cast_file() {
  return {static_cast<const char*>(waystation_cast), static_cast<const char*>(waystation_cast_end)};
}

std::string_view points_file() {
  return {static_cast<const char*>(waystation_points), static_cast<const char*>(waystation_points_end)};
}

std::string_view territory_file() {
  return {static_cast<const char*>(waystation_territory), static_cast<const char*>(waystation_territory_end)};
}

}  // namespace waystation::server::demo
