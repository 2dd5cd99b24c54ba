// Every check must be able to fail: each is shown samples it must find fault with, and some it must let pass.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import * as rules from './rules.mjs';
import { formatFaults, tidyFaults } from './tools.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

function expect(rule, bad, good) {
  for (const sample of bad) assert.equal(rule(...sample).length, 1, `must be refused: ${sample.join(': ')}`);
  for (const sample of good) assert.deepEqual(rule(...sample), [], `must pass: ${sample.join(': ')}`);
}

test('include directions', () => {
  expect(
    rules.includeFaults,
    [
      ['protocol/a.hpp', '#include "storage/log.hpp"'],
      ['protocol/a.hpp', '  #  include <storage/log.hpp>'],
      ['storage/a.cpp', '#include "server/api/http.hpp"'],
      ['storage/a.cpp', '#include "certs/context.hpp"'],
      ['certs/a.cpp', '#include "protocol/time.hpp"'],
      ['server/api/a.cpp', '#include "server/net/stream.hpp"'],
      ['server/settings.cpp', '#include "server/net/stream.hpp"'],
      ['server/net/a.cpp', '#include "server/app.hpp"'],
      ['server/cli/a.cpp', '#include "server/app.hpp"'],
      ['server/a.cpp', '#include "tests/unit/certs/folder.hpp"'],
      ['server/feed/a.cpp', '#include <boost/asio/post.hpp>'],
      ['server/app.cpp', '#include <boost/beast.hpp>'],
      ['server/cli/a.cpp', '#include <openssl/ssl.h>'],
      ['server/jobs/a.cpp', '#include <sqlite3.h>'],
      ['server/api/a.cpp', '#include "http.hpp"'],
      ['server/api/a.cpp', '#include "../net/stream.hpp"'],
    ],
    [
      ['protocol/a.cpp', '#include "protocol/time.hpp"\n#include <vector>'],
      ['storage/a.cpp', '#include "protocol/time.hpp"\n#include <sqlite3.h>'],
      ['server/net/a.cpp', '#include "server/api/http.hpp"\n#include "server/net/b.hpp"\n#include <boost/asio.hpp>'],
      ['server/app.cpp', '#include "server/net/stream.hpp"\n#include "server/app.hpp"\n#include "certs/context.hpp"'],
      ['server/main.cpp', '#include "server/app.hpp"'],
      ['tests/bench/a.cpp', '#include <boost/asio.hpp>\n#include "server/net/stream.hpp"'],
      ['protocol/a.cpp', '// #include "storage/log.hpp"\n/*\n#include "server/app.hpp"\n*/'],
    ],
  );
});

test('co_await', () => {
  const inside = (code) => ['server/net/a.cpp', `task<> f() {\n  ${code}\n}`];
  expect(
    rules.awaitFaults,
    [
      'co_return co_await g();',
      'return co_await g();',
      'if (co_await g()) h();',
      'if (x == co_await g()) h();',
      'while (!co_await g()) h();',
      'f(co_await g());',
      'f(1, co_await g());',
      '(void)co_await g();',
      'auto x = f(co_await g());',
      'auto x = 1 + co_await g();',
      'const char c = \'"\'; f(co_await g()); // "',
      'auto x = y ? co_await g() : 1;',
      'auto x = y ? 1 : co_await g();',
      'long n = 1\'000; f(co_await g());',
      'bool x = a >= co_await g();',
    ].map(inside),
    [
      'co_await g();',
      'auto x = co_await g();',
      'x = co_await g();',
      'auto [error, size] =\n      co_await g();',
      'if (f(x)) co_await g();',
      'if constexpr (f(x)) co_await g();',
      'else co_await g();',
      'for (auto& x : xs) co_await g(x);',
      'while (true) { co_await g(); }',
      'switch (x) { case A::b: co_await g(); break; default: co_await g(); }',
      '// f(co_await g())\n  h("f(co_await g())", R"(f(co_await g()))");',
      'x;  /* why */ co_await g();',
      'static_assert(no_co_await);',
    ].map(inside),
  );
});

test('length of files', () => {
  expect(rules.lengthFaults, [['a.cpp', 'x\n'.repeat(500)]], [['a.cpp', 'x\n'.repeat(499)]]);
});

test('machine paths', () => {
  const join2 = (a, b) => a + b; // so that this file does not say them itself
  expect(
    rules.machineFaults,
    [
      ['README.md', `see ${join2('/wo', 'rk/')}main`],
      ['tests/run', `cat ${join2('/ro', 'ot/')}.npmrc`],
      ['tests/run', `cat ${join2('/ho', 'me/')}somebody`],
      ['package-lock.json', `https://${join2('registry.', 'npmjs')}.org/ws`],
      ['server/run', `http://${join2('deb.', 'debian.org')}/debian`],
    ],
    [['README.md', 'the framework/root of work/']],
  );
});

test('packages', () => {
  const npmrc = ['tests/http/.npmrc', 'fund=false\nomit-lockfile-registry-resolved=true\n'];
  expect(
    rules.packageFaults,
    [
      [new Map([['tests/http/package.json', '{}']])],
      [new Map([['tests/http/package.json', '{}'], ['tests/http/.npmrc', 'fund=false\n']])],
      [new Map([npmrc, ['tests/http/package-lock.json', '{"resolved": "https://example.org/ws.tgz"}']])],
    ],
    [[new Map([npmrc, ['tests/http/package.json', '{}'], ['tests/http/package-lock.json', '{"version": "8.0.0"}']])]],
  );
});

test('top level', () => {
  expect(rules.topLevelFaults, [[['src/a.cpp']], [['notes.md']]], [[['server/a.cpp', '.ci/run', 'README.md']]]);
});

const sample = (name) => readFileSync(join(root, 'tests/style/bad', name), 'utf8');

/// Runs `use` in a folder that holds the repository's settings and a compilation database of one file.
async function inFolder(name, text, use) {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-style-'));
  try {
    for (const settings of ['.clang-format', '.clang-tidy']) writeFileSync(join(folder, settings), readFileSync(join(root, settings)));
    writeFileSync(join(folder, name), text);
    mkdirSync(join(folder, 'build'));
    const entry = { directory: folder, file: join(folder, name), command: `clang++-19 -std=c++23 -c ${join(folder, name)}` };
    writeFileSync(join(folder, 'build/compile_commands.json'), JSON.stringify([entry]));
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('clang-format', async () => {
  assert.equal((await inFolder('format.cpp', sample('format.cpp'), (folder) => formatFaults(folder, ['format.cpp']))).length, 1);
  assert.deepEqual(await inFolder('good.cpp', 'int good = 1;\n', (folder) => formatFaults(folder, ['good.cpp'])), []);
});

test('clang-tidy', async () => {
  const tidy = (folder, name) => tidyFaults(folder, 'build', [name], { memory: join(folder, 'memory') });
  const good = sample('tidy.cpp').replace('int value;', 'int value = 0;').replace('int uninitialised', 'static int uninitialised');
  await inFolder('tidy.cpp', sample('tidy.cpp'), async (folder) => {
    const [fault] = await tidy(folder, 'tidy.cpp');
    assert.match(fault, /cppcoreguidelines-init-variables/);
    assert.equal((await tidy(folder, 'tidy.cpp')).length, 1, 'a fault is not remembered as clean');
    assert.match((await tidy(folder, 'absent.cpp'))[0], /no target compiles it/);
  });
  await inFolder('tidy.cpp', good, async (folder) => {
    assert.deepEqual(await tidy(folder, 'tidy.cpp'), []);
    writeFileSync(join(folder, 'tidy.cpp'), sample('tidy.cpp'));
    assert.equal((await tidy(folder, 'tidy.cpp')).length, 1, 'what changed is looked at again');
  });
});
