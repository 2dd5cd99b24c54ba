import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const run = (program, words) => {
  try {
    return execFileSync(program, words, { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
  } catch (error) {
    // exiftool ends with 1 where one of many files is bad, and still tells of the others.
    if (program === 'exiftool' && error.stdout?.length > 0) return error.stdout;
    throw new Error(`${program}: ${error.stderr || error.message}`);
  }
};

export const ffmpeg = (...words) => run('ffmpeg', ['-loglevel', 'error', '-nostdin', '-y', ...words]);

/// What exiftool says of files, by file; numbers as numbers.
export function exiftool(folder, paths, ...words) {
  if (paths.length === 0) return new Map();
  const list = join(folder, 'exiftool.list');
  writeFileSync(list, paths.join('\n'));
  const said = JSON.parse(run('exiftool', ['-j', '-n', '-q', '-q', ...words, '-@', list]).toString());
  return new Map(said.map((facts) => [facts.SourceFile, facts]));
}

export const exiftoolWrite = (...words) => run('exiftool', ['-q', '-q', '-overwrite_original', '-n', ...words]);

/// The colours [r, g, b] near a picture's corners, row by row.
export function corners(file) {
  const side = 8;
  const raw = run('ffmpeg', ['-loglevel', 'error', '-nostdin', '-i', file, '-frames:v', '1', '-vf',
    `scale=${side}:${side}:flags=neighbor`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-']);
  return [[1, 1], [6, 1], [1, 6], [6, 6]].map(([x, y]) => [...raw.subarray((y * side + x) * 3, (y * side + x) * 3 + 3)]);
}

/// What is played: a digest of every picture and sound.
export const played = (file) =>
  run('ffmpeg', ['-loglevel', 'error', '-nostdin', '-i', file, '-map', '0:v?', '-map', '0:a?', '-f', 'md5', '-']).toString();
