// Positions: what map services in China want in place of WGS-84, and links that lead there.
import type { Position } from './contract';

interface LatLon {
  lat: number;
  lon: number;
}

const radian = Math.PI / 180;
const axis = 6378245; // Krasovsky 1940, metres
const eccentricity = 0.00669342162296594323;

/// GCJ-02 of a WGS-84 position by the published formula; the identity outside the box map services use.
export function toGcj02({ lat, lon }: LatLon): LatLon {
  if (lat < 0.8293 || lat > 55.8271 || lon < 72.004 || lon > 137.8347) return { lat, lon };
  const x = lon - 105;
  const y = lat - 35;
  const wave = (v: number, period: number) => Math.sin((v * Math.PI) / period);
  const common = ((20 * wave(x, 1 / 6) + 20 * wave(x, 1 / 2)) * 2) / 3;
  let dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + common;
  dLat += ((20 * wave(y, 1) + 40 * wave(y, 3)) * 2) / 3 + ((160 * wave(y, 12) + 320 * wave(y, 30)) * 2) / 3;
  let dLon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + common;
  dLon += ((20 * wave(x, 1) + 40 * wave(x, 3)) * 2) / 3 + ((150 * wave(x, 12) + 300 * wave(x, 30)) * 2) / 3;
  const magic = 1 - eccentricity * Math.sin(lat * radian) ** 2;
  const root = Math.sqrt(magic);
  return {
    lat: lat + (dLat / radian) * (magic * root) / (axis * (1 - eccentricity)),
    lon: lon + (dLon / radian) * root / (axis * Math.cos(lat * radian)),
  };
}

/// BD-09 (Baidu) of a WGS-84 position.
export function toBd09(wgs84: LatLon): LatLon {
  const { lat, lon } = toGcj02(wgs84);
  const step = (Math.PI * 3000) / 180;
  const z = Math.hypot(lon, lat) + 0.00002 * Math.sin(lat * step);
  const theta = Math.atan2(lat, lon) + 0.000003 * Math.cos(lon * step);
  return { lat: z * Math.sin(theta) + 0.006, lon: z * Math.cos(theta) + 0.0065 };
}

/// Metres between two positions (haversine).
export function metresBetween(a: LatLon, b: LatLon): number {
  const half = (angle: number) => Math.sin((angle * radian) / 2) ** 2;
  const h = half(b.lat - a.lat) + Math.cos(a.lat * radian) * Math.cos(b.lat * radian) * half(b.lon - a.lon);
  return 2 * 6371008.8 * Math.asin(Math.sqrt(Math.min(1, h)));
}

export interface NavigationLink {
  app: 'amap' | 'baidu' | 'tencent' | 'geo';
  href: string;
}

/// Links to the map apps people have, each in the datum it states; `geo:` last (RFC 5870 is WGS-84, but apps in China
/// may read it as GCJ-02).
export function navigationLinks(position: Position, name: string): NavigationLink[] {
  const place = encodeURIComponent(name);
  const fixed = ({ lat, lon }: LatLon) => ({ lat: lat.toFixed(6), lon: lon.toFixed(6) });
  const gcj = fixed(toGcj02(position));
  const bd = fixed(toBd09(position));
  const wgs = fixed(position);
  return [
    { app: 'amap', href: `https://uri.amap.com/navigation?to=${gcj.lon},${gcj.lat},${place}&mode=car&coordinate=gaode&callnative=1` },
    { app: 'baidu', href: `https://api.map.baidu.com/marker?location=${bd.lat},${bd.lon}&title=${place}&content=${place}&coord_type=bd09ll&output=html&src=waystation` },
    { app: 'tencent', href: `https://apis.map.qq.com/uri/v1/marker?marker=coord:${gcj.lat},${gcj.lon};title:${place};addr:${place}&referer=waystation` },
    { app: 'geo', href: `geo:${wgs.lat},${wgs.lon}` },
  ];
}
