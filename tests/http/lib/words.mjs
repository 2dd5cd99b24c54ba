// Small things every scenario says.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

/// A UUID of version 7 (RFC 9562), lower case.
export function uuid() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  return format(bytes, 7);
}

/// A UUID of version 4.
export const uuid4 = () => format(randomBytes(16), 4);

/// A UUID of version 5 of a text in the namespace of another UUID.
export function uuid5(namespace, text) {
  const hash = createHash('sha1').update(Buffer.from(namespace.replaceAll('-', ''), 'hex')).update(text).digest();
  return format(hash.subarray(0, 16), 5);
}

function format(bytes, version) {
  bytes[6] = (bytes[6] & 0x0f) | (version << 4);
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/// Sanitised builds are slow; waits are stretched by this.
export const patience = Number(process.env.WAYSTATION_PATIENCE ?? 1);

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export const late = 'too late';
/// What a promise gives, or `late` when it takes longer (stretched).
export async function within(promise, milliseconds) {
  let timer;
  const limit = new Promise((done) => (timer = setTimeout(done, milliseconds * patience, late)));
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/// Now, or so many seconds from now, as RFC 3339.
export const at = (seconds = 0) => new Date(Date.now() + seconds * 1000).toISOString();

/// Asks until `question` answers something true, at most `milliseconds` (stretched).
export async function until(question, milliseconds = 5000, what = 'it never came true') {
  const end = Date.now() + milliseconds * patience;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) assert.fail(what);
    await sleep(25);
  }
}

/// Places inside the territory of the tests (see territory()).
export const places = {
  street: { lat: 34.805, lon: 114.345 },
  long: { lat: 34.8107, lon: 114.3117 },
  shun: { lat: 34.81, lon: 114.4 },
  city: { lat: 34.6, lon: 114.9 },
  outside: { lat: 36.0, lon: 117.0 },
};

/// The body of a report, with what differs.
export function report(differs = {}) {
  return {
    category: 'needs_help',
    position: { ...places.long, accuracy_m: 12, source: 'gps', fix_age_s: 4 },
    observed_at: at(-60),
    people: 1,
    place: '大梁门东侧',
    appearance: '红色外套，推车',
    staying: 'overnight',
    note: 'by the wall, asleep',
    ...differs,
  };
}

const box = (west, south, east, north) => [
  [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ],
];
const node = (code, name, parent, coordinates) => ({
  type: 'Feature',
  geometry: coordinates && { type: 'Polygon', coordinates },
  properties: { code, name, parent },
});

/// Four levels of made-up rectangles with real codes. `410203900` is reached by hand-over only.
export const territory = () => ({
  type: 'FeatureCollection',
  features: [
    node('410200', '开封市', null, box(113.8, 34.2, 115.3, 35.1)),
    node('410202', '龙亭区', '410200', box(114.3, 34.78, 114.36, 34.85)),
    node('410203', '顺河回族区', '410200', box(114.36, 34.78, 114.45, 34.85)),
    node('410203900', '救助管理站', '410203', null),
    node('410202001', '北书店街道', '410202', box(114.34, 34.8, 114.36, 34.82)),
    node('410202001001', '社区', '410202001', box(114.35, 34.81, 114.36, 34.82)),
  ],
});

/// Fails unless the answer is that problem, with at least these pointers.
export function problem(answer, slug, ...pointers) {
  const told = answer.json ?? answer;
  assert.equal(told.type, `/problems/${slug}`, `expected ${slug}, got ${JSON.stringify(told).slice(0, 600)}`);
  const found = (told.errors ?? []).map((error) => error.pointer);
  for (const pointer of pointers) assert.ok(found.includes(pointer), `no error at "${pointer}", but at ${JSON.stringify(found)}`);
  return told;
}

/// Fails unless the answer has that status; gives its JSON.
export function ok(answer, status = 200) {
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}

/// Metres between two positions that are close to each other.
export function metres(a, b) {
  const radian = Math.PI / 180;
  const x = (a.lon - b.lon) * radian * Math.cos(a.lat * radian);
  const y = (a.lat - b.lat) * radian;
  return Math.hypot(x, y) * 6371000;
}
