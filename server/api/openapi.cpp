#include "server/api/openapi.hpp"

// The file's bytes, between two labels; the build names it again when it changes (CMakeLists.txt).
asm(".section .rodata\n"
    ".global waystation_openapi\n"
    ".global waystation_openapi_end\n"
    "waystation_openapi:\n"
    ".incbin \"" WAYSTATION_SOURCE_DIR
    "/protocol/openapi.yaml\"\n"
    "waystation_openapi_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" const char waystation_openapi[];
extern "C" const char waystation_openapi_end[];

namespace waystation::server {

std::string_view openapi_text() {
  return {static_cast<const char*>(waystation_openapi), static_cast<const char*>(waystation_openapi_end)};
}

}  // namespace waystation::server
