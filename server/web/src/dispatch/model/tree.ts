// The tree of jurisdictions, as GET /v1/jurisdictions gives it.
export interface LatLon {
  lat: number;
  lon: number;
}

type Ring = number[][];
export type Geometry = { type: 'Polygon'; coordinates: Ring[] } | { type: 'MultiPolygon'; coordinates: Ring[][] };

export interface Feature {
  type: 'Feature';
  geometry: Geometry | null;
  properties: { code: string; name: string; parent: string | null; level?: number; schematic?: boolean };
}

export interface Node {
  readonly code: string;
  readonly name: string;
  readonly parent: string | null;
  /// 0 for the root.
  readonly level: number;
  readonly geometry: Geometry | null;
  readonly schematic: boolean;
}

export interface Area {
  readonly centre: LatLon;
  /// Metres from the centre within which all of it lies, about.
  readonly radius: number;
}

const metresPerDegree = 111_195;

function outerRings(geometry: Geometry): Ring[] {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  return polygons.flatMap((polygon) => polygon.slice(0, 1));
}

/// Twice a ring's area in square degrees and its centroid.
function centroid(ring: Ring): { area: number; lat: number; lon: number } {
  let area = 0;
  let lat = 0;
  let lon = 0;
  for (let at = 0; at < ring.length; at += 1) {
    const [x0 = 0, y0 = 0] = ring[at] ?? [];
    const [x1 = 0, y1 = 0] = ring[(at + 1) % ring.length] ?? [];
    const cross = x0 * y1 - x1 * y0;
    area += cross;
    lon += (x0 + x1) * cross;
    lat += (y0 + y1) * cross;
  }
  if (area === 0) return { area: 0, lon: ring[0]?.[0] ?? 0, lat: ring[0]?.[1] ?? 0 };
  return { area: Math.abs(area), lon: lon / (3 * area), lat: lat / (3 * area) };
}

function areaOf(geometry: Geometry): Area {
  const largest = outerRings(geometry).map((ring) => ({ ring, ...centroid(ring) })).sort((a, b) => b.area - a.area)[0];
  if (!largest) return { centre: { lat: 0, lon: 0 }, radius: 0 };
  const squeeze = Math.cos((largest.lat * Math.PI) / 180);
  const away = largest.ring.map(([lon = 0, lat = 0]) => Math.hypot((lon - largest.lon) * squeeze, lat - largest.lat));
  return { centre: { lat: largest.lat, lon: largest.lon }, radius: Math.max(...away) * metresPerDegree };
}

export interface Tree {
  readonly nodes: ReadonlyMap<string, Node>;
  /// Whether a code is another, or under it.
  within(code: string, above: string): boolean;
  /// From below the root down to the code.
  path(code: string): Node[];
  /// Where a node is: its own area, or of the nearest above it that has one.
  area(code: string): Area | null;
  readonly schematic: boolean;
}

export function makeTree(features: readonly Feature[]): Tree {
  const nodes = new Map<string, Node>();
  const parents = new Map(features.map(({ properties }) => [properties.code, properties.parent]));
  const levelOf = (code: string) => {
    let level = 0;
    for (let at = parents.get(code); at && level < 16; at = parents.get(at)) level += 1;
    return level;
  };
  for (const { geometry, properties } of features)
    nodes.set(properties.code, {
      code: properties.code,
      name: properties.name,
      parent: properties.parent,
      level: levelOf(properties.code),
      geometry,
      schematic: properties.schematic ?? false,
    });

  const upwards = (code: string) => {
    const found: Node[] = [];
    for (let node = nodes.get(code); node; node = node.parent === null ? undefined : nodes.get(node.parent)) found.push(node);
    return found;
  };
  return {
    nodes,
    within: (code, above) => code === above || upwards(code).some((node) => node.code === above),
    path: (code) => upwards(code).filter((node) => node.parent !== null).reverse(),
    area(code) {
      const node = upwards(code).find(({ geometry }) => geometry !== null);
      return node?.geometry ? areaOf(node.geometry) : null;
    },
    schematic: [...nodes.values()].some((node) => node.schematic && node.geometry !== null),
  };
}

export const noTree = makeTree([]);

/// Nodes whose name has the text, under `root`; the closest match and the highest level first.
export function findNodes(tree: Tree, text: string, root: string | null, most: number): Node[] {
  const wanted = text.trim();
  if (!wanted) return [];
  const found = [...tree.nodes.values()].filter(({ code, name, parent }) =>
    parent !== null && name.includes(wanted) && (root === null || tree.within(code, root)));
  return found
    .sort((a, b) => a.name.indexOf(wanted) - b.name.indexOf(wanted) || a.level - b.level || a.name.length - b.name.length)
    .slice(0, most);
}
