// Points on the map in a grid: what is close together is one cluster, and only cells in view are looked at.
import type { Row } from './pressing';

/// A row and where it is, in pixels of the world at zoom 0 (Web Mercator, 256 a side).
export interface Spot {
  readonly row: Row;
  readonly x: number;
  readonly y: number;
}

/// Rows in one cell.
export interface Cluster {
  /// The most pressing of them; alone, it is drawn as itself.
  readonly first: Spot;
  count: number;
  overdue: number;
  urgent: number;
  /// The sum of the places, in pixels of the world at zoom 0.
  x: number;
  y: number;
}

export interface Grid {
  readonly zoom: number;
  /// Clusters whose cell may reach into a rectangle (pixels of the world at the grid's zoom), the least pressing first.
  within(left: number, top: number, right: number, bottom: number): Cluster[];
  /// Places of clusters in pixels at the grid's zoom.
  place(cluster: Cluster): { x: number; y: number };
  readonly clusters: number;
}

const closeUp = 16;

/// The side of a cell, in pixels: close up, only what would hide each other is put together.
export const cellOf = (zoom: number) => (zoom >= closeUp ? 22 : 46);

const deepest = 1 << 21;
const keyOf = (column: number, row: number) => column * deepest + row;

export function spotOf(row: Row): Spot {
  const { lat, lon } = row.sighting.position;
  const sine = Math.min(0.9999, Math.max(-0.9999, Math.sin((lat * Math.PI) / 180)));
  return { row, x: 256 * (lon / 360 + 0.5), y: 256 * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) };
}

/// Puts spots (the most pressing first) into the cells of a zoom.
export function makeGrid(spots: readonly Spot[], zoom: number): Grid {
  const scale = 2 ** zoom;
  const cell = cellOf(zoom);
  const cells = new Map<number, Cluster>();
  for (const spot of spots) {
    const key = keyOf(Math.floor((spot.x * scale) / cell), Math.floor((spot.y * scale) / cell));
    const overdue = spot.row.overdue ? 1 : 0;
    const urgent = spot.row.waiting && spot.row.sighting.urgency !== 'normal' ? 1 : 0;
    const found = cells.get(key);
    if (!found) {
      cells.set(key, { first: spot, count: 1, overdue, urgent, x: spot.x, y: spot.y });
      continue;
    }
    found.count += 1;
    found.overdue += overdue;
    found.urgent += urgent;
    found.x += spot.x;
    found.y += spot.y;
  }
  const order = new Map([...cells.values()].map((cluster, at) => [cluster, at]));
  const rank = (cluster: Cluster) => order.get(cluster) ?? 0;
  return {
    zoom,
    clusters: cells.size,
    place: ({ x, y, count }) => ({ x: (x / count) * scale, y: (y / count) * scale }),
    within(left, top, right, bottom) {
      const [west, north, east, south] = [left, top, right, bottom].map((edge) => Math.floor(edge / cell)) as [number, number, number, number];
      const found: Cluster[] = [];
      if ((east - west + 1) * (south - north + 1) > cells.size) {
        for (const [key, cluster] of cells) {
          const column = Math.floor(key / deepest);
          const row = key % deepest;
          if (column >= west && column <= east && row >= north && row <= south) found.push(cluster);
        }
      } else {
        for (let column = west; column <= east; column += 1)
          for (let row = north; row <= south; row += 1) {
            const cluster = cells.get(keyOf(column, row));
            if (cluster) found.push(cluster);
          }
      }
      return found.sort((a, b) => rank(b) - rank(a));
    },
  };
}

/// Whether a point lies inside a closed line (even-odd rule).
export function insideLine(x: number, y: number, line: readonly { x: number; y: number }[]): boolean {
  let inside = false;
  for (let at = 0, before = line.length - 1; at < line.length; before = at, at += 1) {
    const a = line[at]!;
    const b = line[before]!;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}
