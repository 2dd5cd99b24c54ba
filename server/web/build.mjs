// node build.mjs OUT: builds the pages where their sources changed, and packs them for the program:
// OUT/assets.bin has all files as they are and compressed, OUT/assets.cpp the table of what lies where.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2]);
const dist = join(here, 'dist');
const mark = join(here, 'node_modules/.built');

function filesBelow(folder) {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );
  return found.sort();
}

function npm(...args) {
  const { status } = spawnSync('npm', args, { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const ofFile = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
const isText = (path) => !['.png'].includes(extname(path));

/// The sources by content: a checkout gives new dates to old files.
function sources() {
  const tops = readdirSync(here).filter((name) => /\.(html|json|mjs)$/.test(name) || name === '.npmrc');
  const paths = [...tops.map((name) => join(here, name)), ...filesBelow(join(here, 'src')), ...filesBelow(join(here, 'public'))];
  return createHash('sha256')
    .update(paths.map((path) => `${relative(here, path)} ${ofFile(path)}\n`).join(''))
    .digest('hex');
}

function build() {
  const wanted = sources();
  if (existsSync(mark) && existsSync(dist) && readFileSync(mark, 'utf8') === wanted) return;
  const installed = join(here, 'node_modules/.package-lock.json');
  const lock = join(here, 'package-lock.json');
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) npm('ci', '--no-audit', '--no-fund');
  rmSync(mark, { force: true });
  npm('run', 'build', '--silent');
  writeFileSync(mark, wanted);
}

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/// Where the file is served: a page without its .html.
function addressOf(path) {
  const address = `/${relative(dist, path)}`;
  if (address === '/index.html') return '/';
  return address.replace(/\.html$/, '');
}

function pack() {
  const pieces = [];
  let size = 0;
  const place = (bytes) => {
    const at = `{blob + ${size}, ${bytes.length}}`;
    pieces.push(bytes);
    size += bytes.length;
    return at;
  };
  const rows = filesBelow(dist)
    .map((path) => ({ path, address: addressOf(path) }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
    .map(({ path, address }) => {
      const type = types[extname(path)];
      if (!type) throw new Error(`${path}: no media type is known for it`);
      const plain = readFileSync(path);
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
      const packed = isText(path) ? [gzipSync(plain, { level: 9 }), brotliCompressSync(plain, quality)] : [];
      const worth = (bytes) => (bytes && bytes.length < plain.length ? place(bytes) : '{}');
      const tag = createHash('sha256').update(plain).digest('hex').slice(0, 32);
      return `    {"${address}", "${type}", "${tag}", ${place(plain)}, ${worth(packed[0])}, ${worth(packed[1])}},\n`;
    });
  mkdirSync(out, { recursive: true });
  const write = (name, bytes) => {
    const path = join(out, name);
    if (!existsSync(path) || !readFileSync(path).equals(Buffer.from(bytes))) writeFileSync(path, bytes);
  };
  write('assets.bin', Buffer.concat(pieces));
  write('assets.cpp', program(rows, size));
}

const program = (rows, size) => `// Made by server/web/build.mjs.
#include "server/web/assets.hpp"

asm(".section .rodata\\n"
    ".global waystation_assets\\n"
    "waystation_assets:\\n"
    ".incbin \\"" WAYSTATION_ASSETS "\\"\\n"
    ".byte 0\\n"
    ".previous\\n");

extern "C" const char waystation_assets[${size}];

namespace waystation::server {
namespace {
constexpr const char* blob = waystation_assets;
constexpr Asset table[] = {
${rows.join('')}};
}  // namespace

std::span<const Asset> assets() {
  return table;
}

}  // namespace waystation::server
`;

build();
pack();
