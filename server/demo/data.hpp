#pragma once
#include <string_view>

/// The demo's files as they are in this folder, held in the program.
namespace waystation::server::demo {

std::string_view cast_file();
std::string_view points_file();
std::string_view territory_file();

}  // namespace waystation::server::demo
