#include "protocol/photo.hpp"

namespace waystation::protocol {

SetOf<PhotoFlag> photo_flags(const LatLon& report, const LatLon& camera) {
  constexpr double far_m = 1000;
  constexpr double tolerance_m = 60;
  SetOf<PhotoFlag> flags;
  if (distance_m(report, camera) > far_m) flags.add(PhotoFlag::far);
  for (const LatLon& shifted : {wgs84_to_gcj02(report), gcj02_to_wgs84(report)}) {
    const bool shifts = distance_m(report, shifted) > 2 * tolerance_m;  // outside China nothing does
    if (shifts && distance_m(shifted, camera) <= tolerance_m) flags.add(PhotoFlag::datum_suspect);
  }
  return flags;
}

}  // namespace waystation::protocol
