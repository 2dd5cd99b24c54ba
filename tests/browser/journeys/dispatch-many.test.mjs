// 30,000 sightings at once: the page stays a page one can work with.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ok, patience, report, uuid } from '../../http/lib/words.mjs';
import { desk, Stage } from '../lib/stage.mjs';

const few = 1000;
const many = 30_000;
let stage;
before(async () => {
  stage = await Stage.open();
  const phone = await stage.world.informant();
  // Longting has many, Shunhe has few; both spread over their district.
  await fill(phone, few, { west: 114.361, east: 114.449 });
  await fill(phone, many, { west: 114.301, east: 114.339 });
});
after(() => stage.close());

async function fill(phone, count, { west, east }) {
  const most = 200;
  for (let from = 0; from < count; from += most) {
    const commands = Array.from({ length: Math.min(most, count - from) }, (_, n) => {
      const id = uuid();
      const at = ((from + n) * 0.618034) % 1;
      const position = { lat: 34.781 + 0.068 * ((from + n) / count), lon: west + (east - west) * at, accuracy_m: 10, source: 'gps' };
      return { id, sighting: id, name: 'report', at: new Date().toISOString(), body: report({ position, place: `place ${from + n}`, category: (from + n) % 50 ? 'needs_help' : 'medical' }) };
    });
    const { results } = ok(await phone.sync({ limit: 1, commands }));
    assert.ok(results.every(({ status }) => status === 'applied'));
  }
}

/// A page with all of them, and the frames of dragging its map about, in milliseconds.
async function pan(who, count) {
  const page = await stage.staffPage(who, '/dispatch', desk, { locale: 'en' });
  page.setDefaultTimeout(180_000 * patience);
  await page.waitForFunction((n) => document.querySelector('.list-head')?.textContent.startsWith(`${n} `), count);
  await page.waitForSelector('.connection.live >> text=Live');
  await page.waitForTimeout(500);
  const box = await page.locator('.map-box').boundingBox();
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  const frames = [];
  for (const closer of [0, 1, 1]) {
    for (let n = 0; n < closer; n += 1) await page.click('.map-buttons [aria-label="Closer"]');
    await page.evaluate(() => {
      window.frames = [];
      let last = performance.now();
      window.measuring = true;
      const frame = (now) => {
        window.frames.push(now - last);
        last = now;
        if (window.measuring) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    await page.mouse.move(...middle);
    await page.mouse.down();
    for (let step = 0; step <= 90; step += 1)
      await page.mouse.move(middle[0] + 250 * Math.sin(step / 7), middle[1] + 250 * Math.cos(step / 9));
    await page.mouse.up();
    frames.push(...(await page.evaluate(() => {
      window.measuring = false;
      return window.frames.slice(1);
    })));
  }
  frames.sort((a, b) => a - b);
  return { page, p95: frames[Math.floor(frames.length * 0.95)], frames: frames.length };
}

test('panning 30,000 is as smooth as panning 1,000: p95 of a frame 50 ms, or half as much again where all is slow', async (t) => {
  const small = await pan('shun', few);
  await small.page.context().close();
  const large = await pan('long', many);
  t.diagnostic(`p95 of a frame: ${small.p95.toFixed(1)} ms with ${few} (${small.frames} frames), ${large.p95.toFixed(1)} ms with ${many} (${large.frames} frames)`);
  assert.ok(small.frames > 30 && large.frames > 30, `${small.frames} and ${large.frames} frames`);
  assert.ok(large.p95 <= Math.max(50, 1.5 * small.p95), `${large.p95} ms against ${small.p95} ms`);

  // The list draws what is in view, and finds what is far down.
  const { page } = large;
  assert.ok((await page.locator('.row').count()) < 60);
  await page.locator('.list').focus();
  await page.keyboard.press('End');
  await page.waitForSelector('.row.current');
  assert.equal(await page.getAttribute('.row.current', 'aria-posinset'), String(many));
  await page.fill('#search', 'place 29999');
  await page.waitForSelector('.row >> text=place 29999');
  assert.match(await page.textContent('.list-head'), /^1 sighting/);
});
