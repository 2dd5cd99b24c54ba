// Pictures, videos and voice notes to send: each as it lies in ../files, made unlike every other by a comment, and as
// long as is asked for.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/// The bytes of a file in ../files.
export const file = (name) => readFileSync(new URL(`../files/${name}`, import.meta.url));

const big16 = (value) => Buffer.from([value >> 8, value & 255]);
const big32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/// A JPEG of 1640 × 410 pixels stored on their side, with the camera's place, time and marks; of `size` bytes if that
/// is more than it has by itself.
export function jpeg(size = 0) {
  const base = file('upright.jpg');
  const most = 65533;
  const pieces = [base.subarray(0, 2)];
  let left = Math.max(size - base.length, 40);
  while (left > 0) {
    // A comment has 4 bytes of its own; what is left must not be less than that.
    let length = Math.min(left, most + 2);
    if (left - length > 0 && left - length < 8) length -= 8;
    pieces.push(Buffer.from([0xff, 0xfe]), big16(length - 2), randomBytes(length - 4));
    left -= length;
  }
  return Buffer.concat([...pieces, base.subarray(2)]);
}

/// One of the MP4s or 3GPs, made longer and unlike others by a box that players skip.
export function movie(name = 'video.mp4', size = 0) {
  const base = file(name);
  const length = Math.max(size - base.length, 40);
  const free = Buffer.alloc(length);
  free.writeUInt32BE(length);
  free.write('free', 4, 'latin1');
  randomBytes(16).copy(free, 8);
  return Buffer.concat([base, free]);
}

/// Only the beginning of a PNG: it says it has so many pixels.
export function hugePng(width = 20000, height = 20000) {
  const header = Buffer.concat([Buffer.from('IHDR'), big32(width), big32(height), Buffer.from([8, 2, 0, 0, 0])]);
  const checks = Buffer.alloc(4); // the header is read before its checksum counts
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), big32(13), header, checks]);
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/// Width and height of a JPEG, as it stores them.
export function sizeOfJpeg(bytes) {
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1];
    if (marker >= 0xc0 && marker <= 0xc2) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
  }
  throw new Error('no JPEG');
}

/// The names of the segments of a JPEG before its pixels that say more than how to decode it.
export function marksOfJpeg(bytes) {
  const marks = [];
  for (let at = 2; bytes[at + 1] !== 0xda; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1];
    const isJfif = marker === 0xe0 && bytes.toString('latin1', at + 4, at + 8) === 'JFIF';
    if ((marker >= 0xe0 && marker <= 0xef && !isJfif) || marker === 0xfe) marks.push(marker.toString(16));
  }
  return marks;
}
