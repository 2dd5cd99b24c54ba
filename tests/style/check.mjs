// Every rule of style over the whole repository; `release` must have been configured (cmake --preset release).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as rules from './rules.mjs';
import * as tools from './tools.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

// The bad samples are bad on purpose; rules.test.mjs reads them.
const paths = tools.knownFiles(root).filter((path) => !path.startsWith('tests/style/bad/'));
const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]).filter(([, text]) => !text.includes('\0')));
const sources = paths.filter((path) => /^(protocol|storage|certs|server|tests)\/.*\.[ch]pp$/.test(path));

const over = (rule, list) => list.flatMap((path) => rule(path, texts.get(path)));
const checks = {
  'include directions': () => over(rules.includeFaults, sources),
  co_await: () => over(rules.awaitFaults, sources),
  'length of files': () => over(rules.lengthFaults, sources),
  'machine paths': () => over(rules.machineFaults, [...texts.keys()]),
  packages: () => rules.packageFaults(texts),
  'top level': () => rules.topLevelFaults(paths),
  'clang-format': () => tools.formatFaults(root, sources),
  'clang-tidy': () => tools.tidyFaults(root, 'build/release', sources.filter((path) => !path.startsWith('tests/fuzz/'))),
};

let failed = false;
for (const [name, check] of Object.entries(checks)) {
  const start = Date.now();
  const faults = await check();
  console.log(`${faults.length ? 'FAILED' : 'ok'}  ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  for (const fault of faults) console.log(fault);
  failed ||= faults.length > 0;
}
process.exit(failed ? 1 : 0);
