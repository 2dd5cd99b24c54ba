// The smallest base map: one PMTiles v3 file with one vector tile, the north-east quarter of the
// world (zoom 1), with land in the west and water in the east of a line.
const varint = (n) => {
  const bytes = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
  return Buffer.from([...bytes, n]);
};
const bytesField = (field, bytes) => Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
const numberField = (field, n) => Buffer.concat([varint(field * 8), varint(n)]);
const zigzag = (n) => varint(n < 0 ? -2 * n - 1 : 2 * n);

/// A layer (Mapbox Vector Tile 2.1) of one rectangle from x to x, as high as the tile.
function layer(name, from, to, extent) {
  const command = (id, count) => varint(count * 8 + id);
  const across = to - from;
  const geometry = Buffer.concat([
    command(1, 1), zigzag(from), zigzag(0),
    command(2, 3), zigzag(across), zigzag(0), zigzag(0), zigzag(extent), zigzag(-across), zigzag(0),
    command(7, 1),
  ]);
  const feature = Buffer.concat([numberField(3, 3), bytesField(4, geometry)]);
  return bytesField(3, Buffer.concat([numberField(15, 2), bytesField(1, Buffer.from(name)), bytesField(2, feature), numberField(5, extent)]));
}

/// The number of that quarter on the curve that orders tiles.
const northEast = 4;

/// The file's bytes; the line runs at this longitude, about.
export function smallBasemap(longitude) {
  const extent = 4096;
  const line = Math.round((longitude / 180) * extent);
  const tile = Buffer.concat([layer('earth', 0, line, extent), layer('water', line, extent, extent)]);
  const directory = Buffer.concat([varint(1), varint(northEast), varint(1), varint(tile.length), varint(1)]);
  const metadata = Buffer.from(JSON.stringify({ attribution: '<a href="https://example.org">© the testers</a>' }));
  const header = Buffer.alloc(127);
  header.write('PMTiles');
  header[7] = 3;
  let at = header.length;
  const place = (offset, { length }) => {
    header.writeBigUInt64LE(BigInt(at), offset);
    header.writeBigUInt64LE(BigInt(length), offset + 8);
    at += length;
  };
  place(8, directory);
  place(24, metadata);
  header.writeBigUInt64LE(BigInt(at), 40);
  place(56, tile);
  for (const offset of [72, 80, 88]) header.writeBigUInt64LE(1n, offset);
  header.set([1, 1, 1, 1, 1, 1], 96); // clustered, nothing compressed, vector tiles, zoom 1 alone
  for (const [offset, degrees] of [[102, 0], [106, 0], [110, 180], [114, 85]]) header.writeInt32LE(degrees * 1e7, offset);
  return Buffer.concat([header, directory, metadata, tile]);
}
