// One world, one browser that trusts its authority, and every journey in it, one file after the other.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from '../http/lib/server.mjs';
import { makeTemplate } from '../http/lib/world.mjs';
import { launchShared, trustedHome } from './lib/browser.mjs';

if (!existsSync(program)) {
  console.error(`no program at ${program}: build it, or name it in WAYSTATION_BIN`);
  process.exit(2);
}
const here = fileURLToPath(new URL('.', import.meta.url));
const chosen = process.argv.slice(2);
const journeys = readdirSync(join(here, 'journeys')).filter((name) => name.endsWith('.test.mjs')).sort();
const picked = chosen.length ? journeys.filter((name) => chosen.some((word) => name.startsWith(word))) : journeys;
const files = chosen[0] === 'screens' ? ['screens.mjs'] : ['--test', ...picked.map((name) => join('journeys', name))];

const folder = mkdtempSync(join(tmpdir(), 'waystation-browser-'));
let failed = 1;
let browser;
try {
  await makeTemplate(join(folder, 'data'));
  const home = trustedHome(folder, join(folder, 'data', 'ca.pem'));
  browser = await launchShared(home);
  const env = { ...process.env, WAYSTATION_TEMPLATE: folder, WAYSTATION_HOME: home, WAYSTATION_BROWSER: browser.wsEndpoint() };
  const options = files[0] === '--test' ? ['--test-concurrency=1'] : [];
  const child = spawn(process.execPath, [...options, ...files], { cwd: here, env, stdio: 'inherit' });
  failed = await new Promise((done) => child.on('close', (code) => done(code ?? 1)));
} finally {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed);
