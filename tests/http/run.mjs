// Runs every scenario, then asks whether each operation of the contract was exercised. Names of files as arguments
// choose among them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemplate } from './lib/world.mjs';
import { program } from './lib/server.mjs';

if (!existsSync(program)) {
  console.error(`no program at ${program}: build it, or name it in WAYSTATION_BIN`);
  process.exit(2);
}
const here = fileURLToPath(new URL('.', import.meta.url));
const chosen = process.argv.slice(2);
const scenarios = readdirSync(join(here, 'scenarios')).filter((name) => name.endsWith('.test.mjs')).sort();
const picked = chosen.length ? scenarios.filter((name) => chosen.some((word) => name.startsWith(word))) : scenarios;

const folder = mkdtempSync(join(tmpdir(), 'waystation-suite-'));
const env = { ...process.env, WAYSTATION_TEMPLATE: folder, WAYSTATION_COVERAGE: join(folder, 'coverage') };
const run = (files) => spawnSync(process.execPath, ['--test', ...files], { cwd: here, env, stdio: 'inherit' }).status ?? 1;
let failed = 1;
try {
  await makeTemplate(join(folder, 'data'));
  failed = run(picked.map((name) => join('scenarios', name)));
  if (!chosen.length) failed = run([join('last', 'coverage.test.mjs')]) || failed;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed);
