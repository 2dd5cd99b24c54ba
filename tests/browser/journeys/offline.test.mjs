// No network, no server, no power: nothing is lost, and everything is sent once.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { sleep, until } from '../../http/lib/words.mjs';
import { launchProfile } from '../lib/browser.mjs';
import { enrol, exactly, home, informant, kept, report } from '../lib/informant.mjs';
import { noisePng } from '../lib/pictures.mjs';
import { assertAccessible, assertHonest, here, phone, Stage, watch } from '../lib/stage.mjs';

let stage;
const scratch = mkdtempSync(join(tmpdir(), 'waystation-phone-'));
before(async () => {
  stage = await Stage.open();
});
after(async () => {
  await stage.close();
  rmSync(scratch, { recursive: true, force: true });
});

/// A test that failed in the middle leaves the server as the next one needs it.
afterEach(async () => {
  if (stage.world.server.process.exitCode !== null || stage.world.server.process.signalCode) await back(stage.origin);
});

const known = async () => (await stage.world.long.catchUp()).changes;
const cut = () => stage.world.server.stop('SIGKILL');
/// The server comes back at the same address.
const back = (origin) => stage.world.serve({ listen: new URL(origin).host });

test('with network and server away the page opens, reports are kept, and all of it is sent once they are back', async () => {
  const page = await informant(stage);
  const origin = stage.origin;
  const context = page.context();
  await context.setOffline(true);
  await cut();
  await page.reload();
  await page.getByText('现在没有网络').waitFor();
  await report(page, { picture: true });
  await page.getByText('已存在手机里').waitFor();
  await page.getByRole('button', { name: '我告诉他了' }).click();
  await page.getByLabel('旁边有什么').fill('大梁门东侧');
  await home(page);
  await report(page, { need: 'medical' });
  await page.getByRole('link', { name: /120/ }).waitFor();
  await assertAccessible(page);
  await home(page);
  await page.reload();
  await page.getByText('3 项等着发送').waitFor(); // two reports and a picture: what was added went into the first
  assert.equal(await page.locator('.item.waiting').count(), 2);
  await assertAccessible(page);

  await back(origin);
  await context.setOffline(false);
  await until(async () => (await page.locator('.item.good').count()) === 2, 20_000, 'not all was sent');
  const mine = new Set((await kept(page, 'reports')).map(({ id }) => id));
  const seen = (await known()).filter(({ id }) => mine.has(id));
  assert.equal(seen.length, 2);
  const helped = seen.find(({ category }) => category === 'needs_help');
  assert.equal(helped.place, '大梁门东侧');
  assert.ok(helped.version <= 3, 'what was said while it waited went with the report');
  assert.equal(helped.photos[0].state, 'held');
  assert.equal((await kept(page, 'waiting')).length, 0);
  for (const { receipt, differs } of await until(async () => { const all = await kept(page, 'reports'); return all.every(({ receipt }) => receipt) && all; })) {
    assert.ok(receipt.jws);
    assert.deepEqual(differs, []);
  }
  assertHonest(context);
});

test('the browser is killed with three reports waiting: the next time it opens, all three are sent', async () => {
  const profile = join(scratch, 'profile');
  const options = { ...phone, locale: 'zh-CN', geolocation: here, permissions: ['geolocation'] };
  let context = await launchProfile(profile, options);
  context.locale = 'zh-CN';
  watch(context);
  let page = await context.newPage();
  await enrol(page, stage);
  await context.setOffline(true);
  for (const need of ['help', 'child', 'forced']) {
    await report(page, { need });
    await home(page);
  }
  const ids = (await kept(page, 'reports')).map(({ id }) => id);
  for (const pid of processesOf(profile)) process.kill(pid, 'SIGKILL');
  await context.close().catch(() => {});

  context = await launchProfile(profile, options);
  try {
    watch(context);
    page = await context.newPage();
    await page.goto(stage.origin);
    const seen = await until(async () => { const found = (await known()).filter(({ id }) => ids.includes(id)); return found.length === 3 && found; }, 20_000, 'not all three were sent');
    assert.deepEqual(seen.map(({ category }) => category).sort(), ['exploitation_suspected', 'minor_at_risk', 'needs_help']);
    assertHonest(context);
  } finally {
    await context.close();
  }
});

/// Processes of ours whose command line names the profile.
function processesOf(profile) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(profile);
    } catch {
      return false; // it ended meanwhile
    }
  });
}

test('a picture cut in the middle goes on where it was, and arrives byte for byte', async () => {
  const page = await informant(stage);
  const origin = stage.origin;
  await page.getByRole('button', { name: '需要帮助' }).first().click();
  const file = join(scratch, 'noise.png');
  writeFileSync(file, noisePng(1500, 1200));
  await page.setInputFiles('.camera input[type=file]', file);
  await page.locator('.thumb img').waitFor();
  await exactly(page, '发送').click();
  const middle = await until(async () => (await kept(page, 'pictures')).find(({ sent, size }) => sent > 0 && sent < size), 10_000, 'it was never in the middle');
  await cut();
  const local = createHash('sha256').update(Buffer.from(await bytesOf(page, middle.id))).digest('hex');
  await sleep(300);
  const [kept1] = (await kept(page, 'pictures')).filter(({ id }) => id === middle.id);
  assert.ok(kept1.upload, 'where it goes on is kept');
  await back(origin);
  const held = await until(async () => {
    const photos = (await known()).flatMap((sighting) => sighting.photos);
    return photos.find(({ id, state }) => id === middle.id && state === 'held');
  }, 30_000, 'it never arrived');
  assert.equal(held.sha256, local);
  assert.ok(Math.max(held.width, held.height) <= 1600);
  await until(async () => !(await kept(page, 'pictures')).some(({ id }) => id === middle.id), 10_000, 'what the server holds is still on the phone');
  assertHonest(page.context());
});

const bytesOf = (page, id) =>
  page.evaluate(
    (key) =>
      new Promise((done) => {
        indexedDB.open('waystation').onsuccess = ({ target: { result: db } }) => {
          db.transaction('pictures').objectStore('pictures').get(key).onsuccess = async ({ target: { result } }) =>
            done([...new Uint8Array(await result.blob.arrayBuffer())]);
        };
      }),
    id,
  );

test('with no page open, the service worker sends what waits', async () => {
  const page = await informant(stage);
  const context = page.context();
  await context.setOffline(true);
  await report(page);
  const [{ id }] = await kept(page, 'reports');
  await page.goto('about:blank').catch(() => {});
  await context.setOffline(false);
  // A page of this origin without scripts, to speak to the browser from.
  await page.goto(`${stage.origin}/icons/icon.svg`);
  const browser = await context.newCDPSession(page);
  const registered = new Promise((done) => browser.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && done(registrations[0])));
  await browser.send('ServiceWorker.enable');
  const { registrationId } = await registered;
  await browser.send('ServiceWorker.dispatchSyncEvent', { origin: stage.origin, registrationId, tag: 'send', lastChance: false });
  await until(async () => (await known()).some((sighting) => sighting.id === id), 10_000, 'it was not sent');
});

test('the first load is under 120 KB', async () => {
  const context = await stage.person(phone);
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  let bytes = 0;
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(stage.origin);
  await page.locator('h2').first().waitFor();
  await page.waitForLoadState('networkidle');
  assert.ok(bytes > 10_000 && bytes < 120 * 1024, `${bytes} bytes`);
});

test('a server set back to before a report gets it again, and so does one that reads no cursor of before', async () => {
  const page = await informant(stage);
  const { origin, world } = stage;
  const before = join(scratch, 'before');
  await world.server.stop();
  cpSync(world.data, before, { recursive: true });
  await back(origin);
  await report(page);
  await page.locator('.outcome', { hasText: '与发出的一致' }).waitFor({ timeout: 20_000 });
  const [{ id }] = await kept(page, 'reports');

  await world.server.stop();
  rmSync(world.data, { recursive: true });
  cpSync(before, world.data, { recursive: true });
  await back(origin);
  await until(async () => (await known()).some((one) => one.id === id), 30_000, 'it was not sent again');

  await page.evaluate(
    () =>
      new Promise((done) => {
        indexedDB.open('waystation').onsuccess = ({ target: { result: db } }) => {
          const store = db.transaction('people', 'readwrite').objectStore('people');
          store.getAll().onsuccess = ({ target: { result } }) => {
            result.forEach((person) => store.put({ ...person, cursor: 'of another server' }));
            store.transaction.oncomplete = () => done(db.close());
          };
        };
      }),
  );
  await page.reload();
  await until(async () => { const [person] = await kept(page, 'people'); return person.cursor && person.cursor !== 'of another server'; }, 20_000, 'it never began anew');
  await page.locator('.item.good').or(page.locator('.outcome.good')).waitFor();
  assert.equal((await known()).filter((one) => one.id === id).length, 1);
  assertHonest(page.context());
});

test('a full phone says so, and sends the text without its picture', async () => {
  const page = await informant(stage);
  await page.evaluate(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, ...rest) {
      if (this.name === 'pictures' || value?.value?.pictures?.length) throw new DOMException('full', 'QuotaExceededError');
      return put.call(this, value, ...rest);
    };
  });
  await report(page, { picture: true });
  await page.getByRole('alert').getByText('手机存满了').waitFor();
  const [{ id }] = await kept(page, 'reports');
  const seen = await until(async () => (await known()).find((one) => one.id === id), 20_000, 'the text was not sent');
  assert.equal(seen.photos.length, 0);
  assertHonest(page.context());
});
