// Hostile, broken, mislabelled and gigantic files end in a clear fault, and cost bounded time and memory.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { open, sanitised } from './lib/door.mjs';
import { all, files, path, scratch } from './lib/files.mjs';
import { claiming, claimingWebp, hollow, png, progressive } from './lib/make.mjs';
import { exiftool } from './lib/tools.mjs';

const faults = ['unknown', 'unreadable', 'too_large', 'too_long', 'damaged'];
const longest_ms = { inspect: 5_500, make: 31_000 };
// The child's limit of addresses is 1 GiB; a sanitised one has none, and its own bookkeeping beside.
const most_kb = (sanitised ? 3 : 1) << 20;

test('every file of the packages gets a clear answer, and no good one is made of nonsense', { timeout: 1_800_000 }, async (t) => {
  const door = open(t);
  const here = scratch(t);
  const counts = {};
  const good = [];
  for (const file of all(files)) {
    const found = await door.inspect(file);
    assert.ok(found.ms < longest_ms.inspect, `${file}: ${found.ms} ms`);
    const to = here.at('made.jpg');
    const made = await door.make(file, 'view', to);
    assert.ok(made.ms < longest_ms.make, `${file}: ${made.ms} ms`);
    for (const { fault } of [found, made]) assert.ok(fault === undefined || faults.includes(fault), `${file}: ${fault}`);
    // What is no picture by its head gives none.
    if (found.fault) assert.equal(made.fault, found.fault, file);
    assert.ok(!existsSync(`${to}.part`));
    if (!made.fault) {
      const shown = await door.inspect(to);
      assert.equal(shown.media_type, 'image/jpeg', file);
      assert.ok(Math.max(shown.width, shown.height) <= 1600, file);
      good.push([file, found]);
    }
    const row = `${found.fault ?? found.media_type} ${made.fault ?? 'ok'}`;
    counts[row] = (counts[row] ?? 0) + 1;
  }
  t.diagnostic(JSON.stringify(counts));
  t.diagnostic(`most memory of a child: ${await door.close()} KiB`);
  assert.deepEqual(door.said, []);  // none of them ends the child
  assert.ok(good.length > 500);

  // A second opinion on every place.
  const said = exiftool(here.folder, good.map(([file]) => file), '-EXIF:GPSLatitude', '-EXIF:GPSLatitudeRef', '-EXIF:GPSLongitude', '-EXIF:GPSLongitudeRef');
  let places = 0;
  for (const [file, found] of good) {
    const { GPSLatitude, GPSLatitudeRef, GPSLongitude, GPSLongitudeRef } = said.get(file) ?? {};
    if (found.lat === undefined) continue;
    places += 1;
    const sides = { N: 1, S: -1, E: 1, W: -1 };
    assert.ok(Math.abs(found.lat - GPSLatitude * sides[GPSLatitudeRef]) < 1e-6, `${file}: ${found.lat}, ${GPSLatitude} ${GPSLatitudeRef}`);
    assert.ok(Math.abs(found.lon - GPSLongitude * sides[GPSLongitudeRef]) < 1e-6, `${file}: ${found.lon}, ${GPSLongitude} ${GPSLongitudeRef}`);
  }
  t.diagnostic(`${places} places agree with exiftool`);
  assert.ok(places >= 10);
});

test('files of known faults', async (t) => {
  const door = open(t);
  const rows = [
    ['vips/test/test-suite/images/truncated.jpg', undefined, 'damaged'],
    ['pillow/Tests/images/truncated_jpeg.jpg', undefined, 'damaged'],
    ['pillow/Tests/images/truncated_image.png', undefined, 'damaged'],
    ['pillow/Tests/images/broken_data_stream.png', undefined, 'damaged'],
    ['pillow/Tests/images/broken.png', 'unreadable'],
    ['pillow/Tests/images/decompression_bomb.gif', 'unknown'],
    ['gdk-pixbuf/tests/large.png', 'too_large'],
    ['gdk-pixbuf/tests/large.jpg', 'too_large'],
    ['gdk-pixbuf/tests/test-images/fail/bug793470-crasher.png', 'too_large'],
    ['gdk-pixbuf/tests/test-images/fail/CVE-2017-2862.jpg', undefined, 'damaged'],
    ['jhead/tests/fuzztest_past_fails/poc1.jpg', undefined, 'damaged'],
    ['jhead/tests/fuzztest_past_fails/poc3.jpg', 'unreadable'],
    ['jhead/tests/strange-jpegs/truncated.jpg', 'unreadable'],
    ['exiv2/test/data/issue_1793_poc.heic', 'unreadable'],
    ['exiv2/test/data/issue_ghsa_g44w_q3vm_gwjq_poc.jpg', 'unreadable'],
    ['libheif/fuzzing/corpus/clap-overflow-divide-zero.heic', 'unreadable'],
    ['golang-github-rwcarlsen-goexif/exif/corrupt/huge_tag_exif.jpg', 'unreadable'],
  ];
  for (const [name, inspected, made] of rows) {
    assert.equal((await door.inspect(path(name))).fault, inspected, name);
    assert.equal((await door.make(path(name), 'thumb', `${files}/.never`)).fault, made ?? inspected, name);
  }
  assert.ok(!existsSync(`${files}/.never`));
  await door.close();
});

test('bombs', { timeout: 600_000 }, async (t) => {
  const door = open(t);
  const here = scratch(t);
  const ask = async (name, bytes) => {
    const file = here.write(name, bytes);
    return [await door.inspect(file), await door.make(file, 'view', here.at('made.jpg'))];
  };
  const heic = readFileSync(path('libheif/examples/example.heic'));
  for (const [name, bytes] of Object.entries({
    'jpeg of 65,000 by 65,000': hollow(65_000, 65_000),
    'jpeg just over': hollow(10_001, 10_000),
    'png of 935,820 by 854,554': png({ width: 935_820, height: 854_554 }),
    'png of one line': png({ width: 1_000_000, height: 101 }),
    'webp': claimingWebp(readFileSync(path('vips/test/test-suite/images/1.webp')), 16_383, 16_383),
    'heic': claiming(heic, 16_000, 16_000),
  })) {
    assert.ok(bytes.length < 300 || ['heic', 'webp'].includes(name), `${name}: ${bytes.length} bytes`);
    for (const { fault, ms } of await ask(name, bytes)) {
      // libwebp makes room for the whole picture with its head: the child's limit of memory comes first, if it has one.
      assert.equal(fault, name === 'webp' && !sanitised ? 'unreadable' : 'too_large', name);
      assert.ok(ms < 2_000, `${name}: ${ms} ms`);
    }
  }
  // As large as may be, of nothing: it is made, or is not, in bounded memory.
  for (const [name, bytes] of [
    ['empty progressive jpeg', hollow(10_000, 10_000)],
    ['png of zeros', png({ width: 10_000, height: 10_000, bytes: 10_001 * 10_000 })],
    ['png of zeros in 16 bits, interlaced', png({ width: 10_000, height: 10_000, depth: 16, colour: 6, interlaced: 1, bytes: 800_020_000 })],
  ]) {
    const [found, made] = await ask(name, bytes);
    assert.equal(found.width * found.height, 100_000_000, name);
    assert.ok([undefined, 'damaged'].includes(made.fault), `${name}: ${made.fault}`);
    t.diagnostic(`${name}: ${bytes.length} bytes, ${made.fault ?? 'made'} in ${Math.round(made.ms)} ms`);
  }
  // Passes without end; and the next file is met as if nothing had been.
  const [, slow] = await ask('passes', progressive({ width: 9_000, height: 9_000, scans: 8_000 }));
  assert.equal(slow.fault, 'damaged');
  assert.ok(slow.ms < longest_ms.make);
  t.diagnostic(`8,000 passes: given up after ${Math.round(slow.ms)} ms`);
  assert.equal((await door.make(path('vips/test/test-suite/images/sample.jpg'), 'view', here.at('made.jpg'))).fault, undefined);

  const most = await door.close();
  t.diagnostic(`most memory of a child: ${most} KiB`);
  assert.ok(most < most_kb, `${most} KiB`);
  assert.equal(existsSync(here.at('made.jpg.part')), false);
});

test('the bytes say what a file is, whatever its name', async (t) => {
  const door = open(t);
  const here = scratch(t);
  const images = 'vips/test/test-suite/images';
  for (const [name, type] of [['sample.png', 'image/png'], ['1.webp', 'image/webp'], ['sample.jpg', 'image/jpeg']]) {
    const found = await door.inspect(here.write('holiday.mp4', readFileSync(path(`${images}/${name}`))));
    assert.equal(found.media_type, type);
  }
  const others = all(path(images)).filter((name) => /\.(gif|svg|tif|bmp|pdf|hdr|exr|fits|jp2|jxl|ppm|avif|mat|v)$/.test(name));
  assert.ok(others.length >= 10);
  for (const other of others) assert.equal((await door.inspect(here.write('photo.jpg', readFileSync(other)))).fault, 'unknown', other);
  for (const text of ['<html><script>alert(1)</script>', '<svg xmlns="http://www.w3.org/2000/svg"/>', '\x7fELF', 'PK\x03\x04', ''])
    assert.equal((await door.inspect(here.write('photo.jpg', text))).fault, 'unknown');
  await door.close();
});

test('cut anywhere, a picture is unreadable or damaged, never half shown', async (t) => {
  const door = open(t);
  const here = scratch(t);
  for (const name of ['vips/test/test-suite/images/sample.jpg', 'vips/test/test-suite/images/sample.png',
    'vips/test/test-suite/images/1.webp', 'libheif/examples/example.heic']) {
    const whole = readFileSync(path(name));
    for (let tenths = 1; tenths < 10; ++tenths) {
      const file = here.write('cut', whole.subarray(0, Math.floor((whole.length * tenths) / 10)));
      const found = await door.inspect(file);
      const made = await door.make(file, 'view', here.at('made.jpg'));
      assert.equal(made.fault, found.fault ?? 'damaged', `${name} to ${tenths} tenths`);
      assert.ok(['unreadable', 'damaged'].includes(made.fault), `${name} to ${tenths} tenths: ${made.fault}`);
    }
  }
  assert.deepEqual(door.said, []);
  await door.close();
});
