import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { program } from '../lib/server.mjs';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/// Runs until `enough` of what it prints, or its end.
const run = (command, args, enough) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const take = (chunk) => {
      text += chunk;
      if (enough?.test(text)) resolve({ child, text });
    };
    child.stdout.on('data', take);
    child.stderr.on('data', (chunk) => enough || take(chunk));
    child.on('error', reject);
    child.on('exit', () => resolve({ child, text }));
  });

test('the lines of the README lead a sighting from a phone to the station and back, against the demo', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-readme-'));
  const data = join(folder, 'demo');
  const demo = await run(program, ['demo', '--data', data, '--listen', '127.0.0.1:0'], /Ctrl-C ends it/);
  try {
    const url = /listening on (\S+)/.exec(demo.text)[1];
    const lines = /```sh\n([\s\S]*?)```/.exec(readme)[1];
    const script = lines
      .replace('DATA=build/demo URL=https://127.0.0.1:8443', `DATA=${data} URL=${url}`)
      .replaceAll('build/release/waystation', program);
    const { text } = await run('bash', ['-u', '-c', script]);
    const last = text.trim().split('\n').at(-1);
    assert.match(last, /"status":"helped"/, text);
  } finally {
    demo.child.kill('SIGTERM');
    await new Promise((resolve) => (demo.child.exitCode === null ? demo.child.on('exit', resolve) : resolve()));
    rmSync(folder, { recursive: true, force: true });
  }
  assert.equal(demo.child.exitCode, 0);
});
