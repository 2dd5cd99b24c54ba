import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
// The pages' own bundler, which the build has installed.
const { build } = createRequire(join(here, '../../server/web/package.json'))('esbuild');
const chosen = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.ts') && (!chosen.length || chosen.some((word) => name.startsWith(word))));

const folder = mkdtempSync(join(tmpdir(), 'waystation-pages-'));
let code = 1;
try {
  await build({
    entryPoints: files.map((name) => join(here, name)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const made = readdirSync(folder).filter((name) => name.endsWith('.mjs')).map((name) => join(folder, name));
  code = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...made], { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);
