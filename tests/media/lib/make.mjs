// Bad pictures, byte by byte.
import { crc32, deflateSync, constants } from 'node:zlib';

const be = (value, size) => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
};

// Node 18 has no crc32.
const table = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});
const checksum = crc32 ?? ((bytes) => {
  let value = 0xffffffff;
  for (const byte of bytes) value = table[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
});

const chunk = (type, data) => {
  const all = Buffer.concat([Buffer.from(type), data]);
  return Buffer.concat([be(data.length, 4), all, be(checksum(all), 4)]);
};

/// A PNG with `bytes` of zeros as its pixels (or none), whatever it claims to be.
export function png({ width, height, depth = 8, colour = 0, interlaced = 0, bytes = 0 }) {
  const header = Buffer.concat([be(width, 4), be(height, 4), Buffer.from([depth, colour, 0, 0, interlaced])]);
  const packed = bytes > 0 ? deflateSync(Buffer.alloc(bytes), { level: constants.Z_BEST_SPEED }) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))]);
}

const segment = (marker, data) => Buffer.concat([Buffer.from([0xff, marker]), be(data.length + 2, 2), data]);

/// A progressive JPEG in grey: `scans` passes over all of it, each telling in a few bytes that nothing changes.
export function progressive({ width, height, scans }) {
  const frame = Buffer.concat([Buffer.from([8]), be(height, 2), be(width, 2), Buffer.from([1, 1, 0x11, 0])]);
  const quantisation = Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 1)]);
  // One code of one bit each: "no difference" and "32,767 blocks at their end".
  const codes = (which, symbol) => Buffer.from([which, 1, ...Array(15).fill(0), symbol]);
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  // A run is the bit 0 and fourteen bits 1: 16,384 + 16,383 blocks. Runs end where all blocks are counted.
  const bits = Array.from({ length: Math.floor(blocks / 32767) }, () => [0, ...Array(14).fill(1)]).flat();
  const bytes = [];
  for (let at = 0; at < bits.length; at += 8) {
    const byte = bits.slice(at, at + 8).reduce((sum, bit, index) => sum | (bit << (7 - index)), 0);
    bytes.push(byte, ...(byte === 0xff ? [0] : []));
  }
  const pass = Buffer.concat([segment(0xda, Buffer.from([1, 1, 0x10, 1, 63, 0x00])), Buffer.from(bytes)]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), segment(0xdb, quantisation), segment(0xc2, frame),
    segment(0xc4, codes(0x00, 0)), segment(0xc4, codes(0x10, 0xe0)),
    segment(0xda, Buffer.from([1, 1, 0x00, 0, 0, 0x00])), Buffer.alloc(Math.ceil(blocks / 8)),
    ...Array(scans).fill(pass), Buffer.from([0xff, 0xd9])]);
}

/// The 280-byte kind: a head that claims, and nothing behind it.
export function hollow(width, height) {
  const whole = progressive({ width: 8, height: 8, scans: 1 });
  const at = whole.indexOf(Buffer.from([0xff, 0xc2])) + 5;
  whole.writeUInt16BE(height, at);
  whole.writeUInt16BE(width, at + 2);
  return whole;
}

/// A simple WebP with loss that claims another size (RFC 6386, 9.1).
export function claimingWebp(webp, width, height) {
  const bytes = Buffer.from(webp);
  const at = bytes.indexOf(Buffer.from([0x9d, 0x01, 0x2a]));
  bytes.writeUInt16LE(width, at + 3);
  bytes.writeUInt16LE(height, at + 5);
  return bytes;
}

/// A HEIC that claims another size everywhere it tells one.
export function claiming(heic, width, height) {
  const bytes = Buffer.from(heic);
  for (let at = bytes.indexOf('ispe'); at >= 0; at = bytes.indexOf('ispe', at + 4)) {
    bytes.writeUInt32BE(width, at + 8);
    bytes.writeUInt32BE(height, at + 12);
  }
  return bytes;
}
