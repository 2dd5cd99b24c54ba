// The operator's own base map lies under the sightings, read by ranges from this server alone.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertAccessible, assertHonest, desk, Stage } from '../lib/stage.mjs';
import { smallBasemap } from '../lib/pmtiles.mjs';

const folder = mkdtempSync(join(tmpdir(), 'waystation-basemap-'));
const file = join(folder, 'city.pmtiles');
let stage;
before(async () => {
  writeFileSync(file, smallBasemap(114.31));
  stage = await Stage.open({ args: ['--basemap', file] });
});
after(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

test('its land and water are drawn below the marks, and its authors are named', async () => {
  await stage.world.queued();
  const ranges = [];
  const page = await stage.staffPage('long', '/dispatch', desk, { locale: 'en' });
  page.context().on('response', (response) => response.url().endsWith('/v1/basemap') && ranges.push(response.status()));
  await page.reload();
  await page.waitForSelector('.map >> text=© the testers');
  const colours = () =>
    page.evaluate(() => {
      const found = new Set();
      for (const canvas of document.querySelectorAll('canvas.leaflet-tile')) {
        const pen = canvas.getContext('2d');
        if (canvas.width) for (const at of [0.1, 0.5, 0.9]) found.add(pen.getImageData(canvas.width * at, canvas.height / 2, 1, 1).data.join());
      }
      return found.size;
    });
  await page.waitForFunction(() => document.querySelectorAll('canvas.leaflet-tile').length > 3);
  for (let n = 0; n < 50 && (await colours()) < 2; n += 1) await page.waitForTimeout(100);
  assert.ok((await colours()) >= 2, 'land and water');
  assert.ok(ranges.length > 0 && ranges.every((status) => status === 206), ranges.join());
  await assertAccessible(page);
  assertHonest(page.context());
});
