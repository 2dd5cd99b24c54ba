// clang-format and clang-tidy, over what git knows of.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const capacity = { maxBuffer: 64 << 20 };

/// Files that are tracked or about to be, from the root.
export function knownFiles(root) {
  const listing = execFileSync(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8', ...capacity },
  );
  return listing.split('\0').filter((path) => path && existsSync(join(root, path)));
}

/// The files clang-format would write otherwise, with the first place in each.
export async function formatFaults(root, paths) {
  if (paths.length === 0) return [];
  try {
    await run('clang-format-19', ['--dry-run', '-Werror', ...paths], { cwd: root, ...capacity });
    return [];
  } catch (error) {
    if (error.stderr === undefined) throw error;
    const places = [...error.stderr.matchAll(/^(\S+?):(\d+):\d+: error:/gm)];
    const first = new Map(places.reverse().map(([, path, line]) => [path, line]));
    const faults = [...first].map(([path, line]) => `${path}:${line}: clang-format-19 -i writes it otherwise`);
    return faults.length ? faults : [error.stderr.trim() || error.message];
  }
}

/// The file and every header of ours it leads to, as texts; includes are written from the root.
function closure(root, path, texts = new Map()) {
  if (texts.has(path) || !existsSync(join(root, path))) return texts;
  const text = readFileSync(join(root, path), 'utf8');
  texts.set(path, text);
  for (const [, included] of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"/gm)) closure(root, included, texts);
  return texts;
}

/// The compiler's arguments of a database entry, without the precompiled header (clang-tidy reads its text instead, so
/// that it need not be built).
function argumentsOf(command) {
  const words = command.split(/\s+/).filter(Boolean);
  const kept = [];
  for (let i = 0; i < words.length; ++i) {
    if (words[i] === '-Xclang' && words[i + 1] === '-include-pch') i += 3;
    else if (words[i] === '-Xclang' && words[i + 1] === '-fno-pch-timestamp') i += 1;
    else kept.push(words[i]);
  }
  return kept.join(' ').replace(/-Xclang -include -Xclang /g, '-include ').replace(/^.*?(?=\S*clang\+\+-19)/, '');
}

/// What of the system a verdict depends on.
function surroundings() {
  const packages = execFileSync('dpkg-query', ['-W'], { encoding: 'utf8', ...capacity });
  return packages.split('\n').filter((line) => /^(clang-tidy-19|lib|nlohmann)/.test(line)).join('\n');
}

/// Settings that hold for a file: every .clang-tidy from its folder up to the root.
function settings(root, path) {
  let text = '';
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(root, folder, '.clang-tidy');
    if (existsSync(file)) text += readFileSync(file, 'utf8');
    if (folder === '.') return text;
  }
}

/// Runs clang-tidy on every entry of a compilation database that is one of `paths`, on all cores. What was clean is
/// remembered by its content in `memory` and not looked at again.
export async function tidyFaults(root, database, paths, { memory = tidyMemory() } = {}) {
  const wanted = new Set(paths);
  const entries = JSON.parse(readFileSync(join(root, database, 'compile_commands.json'), 'utf8'))
    .map((entry) => ({ ...entry, path: entry.file.slice(root.length).replace(/^\//, ''), command: argumentsOf(entry.command) }))
    .filter((entry) => wanted.has(entry.path));
  const missing = paths.filter((path) => path.endsWith('.cpp') && !entries.some((entry) => entry.path === path));

  const scratch = join(root, database, 'tidy');
  mkdirSync(scratch, { recursive: true });
  mkdirSync(memory, { recursive: true });
  writeFileSync(join(scratch, 'compile_commands.json'), JSON.stringify(entries));

  const system = surroundings();
  const faults = missing.map((path) => `${path}: no target compiles it, so clang-tidy cannot read it`);
  const waiting = [...entries];
  const worker = async () => {
    for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
      const hash = createHash('sha256');
      const parts = [system, settings(root, entry.path), entry.command.replaceAll(root, ''), ...[...closure(root, entry.path)].flat()];
      for (const part of parts) hash.update(`${part.length}:`).update(part);
      const clean = join(memory, hash.digest('hex'));
      if (existsSync(clean)) continue;
      try {
        await run('clang-tidy-19', ['--quiet', '-p', scratch, entry.file], { cwd: root, ...capacity });
        writeFileSync(clean, '');
      } catch (error) {
        if (error.stdout === undefined) throw error;
        faults.push(error.stdout.trim() || error.stderr.trim() || error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return faults;
}

function tidyMemory() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'waystation-tidy');
}
