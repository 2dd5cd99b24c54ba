// What phones take comes out upright, small, and telling nothing; what Exif says is read as exiftool reads it.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import test from 'node:test';
import { open } from './lib/door.mjs';
import { path, scratch } from './lib/files.mjs';
import { corners, exiftool, exiftoolWrite, ffmpeg } from './lib/tools.mjs';

const near = (said, expected) => assert.ok(Math.abs(said - expected) < 1e-6, `${said} is not ${expected}`);

test('real pictures: type, size upright, time and place', async (t) => {
  const door = open(t);
  const rows = [
    ['jpeg-exif/test/IMG_0001.JPG', 'image/jpeg', undefined, 40.004086, 116.484781],
    ['exiv2/test/data/2021-02-13-1929.heic', 'image/heic', '2021-02-13T17:03:31.864Z', 30.580367, -88.073906],
    ['exiv2/test/data/Stonehenge.heic', 'image/heic', undefined, 51.178281, -1.826639],
    ['jhead/tests/normal-digicams/gpsinfo.jpg', 'image/jpeg', undefined, 42.858167, -70.931203],
    ['exif/test/short-ascii-II.jpg', 'image/jpeg', '2015-02-28T09:10:49.000Z'],
    ['vips/test/test-suite/images/1.webp', 'image/webp'],
    ['vips/test/test-suite/images/sample.png', 'image/png'],
  ];
  const sizes = exiftool(scratch(t).folder, rows.map(([name]) => path(name)), '-ImageWidth', '-ImageHeight', '-Orientation', '-Rotation');
  for (const [name, type, at, lat, lon] of rows) {
    const found = await door.inspect(path(name));
    assert.equal(found.fault, undefined, name);
    assert.equal(found.media_type, type, name);
    const { ImageWidth, ImageHeight, Orientation, Rotation } = sizes.get(path(name));
    const lying = type === 'image/heic' ? Rotation % 180 !== 0 && Rotation !== undefined : Orientation >= 5;
    assert.deepEqual([found.width, found.height], lying ? [ImageHeight, ImageWidth] : [ImageWidth, ImageHeight], name);
    if (at) assert.equal(found.at, at, name);
    if (lat === undefined) assert.equal(found.lat, undefined, name);
    else {
      near(Math.round(found.lat * 1e6) / 1e6, lat);
      near(Math.round(found.lon * 1e6) / 1e6, lon);
    }
  }
  await door.close();
});

test('every orientation comes out upright, in each format that has one', async (t) => {
  const door = open(t);
  const here = scratch(t);
  // Red, green / blue, white; and where each corner comes from for a tag that says "turn me so" (Exif, 4.6.5.1.6).
  const [r, g, b, w] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
  const upright = { 1: [r, g, b, w], 2: [g, r, w, b], 3: [w, b, g, r], 4: [b, w, r, g], 5: [r, b, g, w], 6: [b, r, w, g], 7: [w, g, b, r], 8: [g, w, r, b] };
  const quarters = 'color=red:s=200x100[a];color=lime:s=200x100[b];color=blue:s=200x100[c];color=white:s=200x100[d];[a][b]hstack[e];[c][d]hstack[f];[e][f]vstack';
  for (const format of ['jpg', 'png', 'webp']) {
    const plain = here.at(`plain.${format}`);
    ffmpeg('-f', 'lavfi', '-i', quarters, '-frames:v', '1', ...(format === 'jpg' ? ['-q:v', '2', '-pix_fmt', 'yuvj444p'] : format === 'webp' ? ['-lossless', '1'] : []), plain);
    for (const [tag, expected] of Object.entries(upright)) {
      const turned = here.write(`${tag}.${format}`, readFileSync(plain));
      exiftoolWrite(`-EXIF:Orientation=${tag}`, '-EXIF:Make=SECRET', '-XMP:Creator=SECRET', turned);
      const made = here.at(`made-${tag}-${format}.jpg`);
      const found = await door.inspect(turned);
      assert.deepEqual([found.width, found.height], tag >= 5 ? [200, 400] : [400, 200], turned);
      assert.equal((await door.make(turned, 'view', made)).fault, undefined);
      corners(made).forEach((colour, at) => colour.forEach((value, channel) =>
        assert.ok(Math.abs(value - expected[at][channel]) < 110, `${turned}: corner ${at} is ${colour}, not ${expected[at]}`)));
      assert.ok(!readFileSync(made).includes('SECRET'));
    }
  }
  await door.close();
});

test('what is shown is small, in sRGB, and tells nothing', async (t) => {
  const door = open(t);
  const here = scratch(t);
  const made = [];
  for (const name of ['jpeg-exif/test/IMG_0001.JPG', 'exiv2/test/data/2021-02-13-1929.heic', 'exiv2/test/data/Stonehenge.heic',
    'exif/test/sony-alpha-6000.jpg', 'vips/test/test-suite/images/sample.jpg', 'vips/test/test-suite/images/1.webp',
    'pillow/Tests/images/pil_sample_cmyk.jpg', 'pillow/Tests/images/rgb_trns.png']) {
    const found = await door.inspect(path(name));
    for (const [variant, side] of [['thumb', 320], ['view', 1600]]) {
      const to = here.at(`${made.length}.jpg`);
      assert.equal((await door.make(path(name), variant, to)).fault, undefined, name);
      made.push(to);
      const shown = await door.inspect(to);
      const factor = Math.min(1, side / Math.max(found.width, found.height));
      assert.ok(Math.abs(shown.width - found.width * factor) <= 1 && Math.abs(shown.height - found.height * factor) <= 1,
        `${name}: ${shown.width}x${shown.height} of ${found.width}x${found.height}`);
      assert.equal(statSync(to).mode & 0o777, 0o600);
    }
  }
  for (const [file, facts] of exiftool(here.folder, made, '-G1', '-all')) {
    const groups = new Set(Object.keys(facts).filter((name) => name.includes(':')).map((name) => name.split(':')[0]));
    for (const group of groups) assert.ok(['File', 'System', 'JFIF', 'ExifTool', 'Composite'].includes(group), `${file}: ${group}`);
    assert.ok([1, 3].includes(facts['File:ColorComponents']), file);
  }
  // What stands behind a picture's end goes too.
  const tail = here.write('tail.jpg', Buffer.concat([readFileSync(path('vips/test/test-suite/images/sample.jpg')), Buffer.from('SECRET')]));
  assert.equal((await door.make(tail, 'view', here.at('tail-made.jpg'))).fault, undefined);
  assert.ok(!readFileSync(here.at('tail-made.jpg')).includes('SECRET'));
  await door.close();
});
