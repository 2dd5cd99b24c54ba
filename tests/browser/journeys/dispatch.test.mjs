// The dispatcher's night: what waits comes by itself, everything goes by keyboard, and others are met politely.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, ok, until, uuid } from '../../http/lib/words.mjs';
import { password, username } from '../../http/lib/world.mjs';
import { assertAccessible, assertHonest, assertNoSidewaysScroll, desk, languages, Stage } from '../lib/stage.mjs';

let stage;
let world;
before(async () => {
  stage = await Stage.open();
  world = stage.world;
});
after(() => stage.close());

const row = (page, text) => page.locator('.row', { hasText: text });
const dispatcher = async (who = 'long', options = { locale: 'en' }) => {
  const page = await stage.staffPage(who, '/dispatch', desk, options);
  await page.waitForSelector('.connection.live');
  return page;
};
const tab = async (page, times) => {
  for (let n = 0; n < times; n += 1) await page.keyboard.press('Tab');
};

test('by keyboard alone, from the log-in to a team on its way', async () => {
  const id = await world.queued({ place: 'keyboard corner', category: 'medical' });
  const context = await stage.person(desk, { locale: 'en' });
  const page = await stage.visit(context, '/dispatch');
  await page.waitForSelector('input[name=username]');
  // Past the language button, into the form.
  await tab(page, 2);
  await page.keyboard.type(username('long'));
  await tab(page, 1);
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await row(page, 'keyboard corner').waitFor();

  await page.keyboard.press('n');
  await page.waitForSelector('.row.current >> text=keyboard corner');
  assert.match(await page.textContent('#sighting-title'), /Hurt or ill/);
  await page.keyboard.press('c');
  await page.waitForSelector('.panel-body >> text=/Yours until/');
  assert.equal((await world.long.sees(id)).claimed_by, ok(await world.long.get('/v1/me')).id);

  await page.keyboard.press('a');
  await page.waitForSelector('form[aria-label="Assign"] input[name=team]:focus');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.panel-body .panel-head >> text=Assigned');
  const { status, assignment } = await world.long.sees(id);
  assert.equal(status, 'assigned');
  assert.ok([world.ids.teamA, world.ids.teamB].includes(assignment.team));

  await page.keyboard.press('m');
  await page.waitForSelector('textarea[name=text]:focus');
  await page.keyboard.type('told the hospital: bed 3');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.timeline >> text=told the hospital: bed 3');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog.help[open]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog.help[open]', { state: 'detached' });
  assertHonest(context);
});

test('list and map show the same, live: what comes is on both, what ends is on neither', async () => {
  const page = await dispatcher();
  const id = await world.queued({ place: 'live corner', position: { lat: 34.7905, lon: 114.305, accuracy_m: 30, source: 'gps' } });
  await row(page, 'live corner').click();
  await page.keyboard.press('z');
  const box = await page.locator('.map-box').boundingBox();
  const middle = { x: box.width / 2, y: box.height / 2 };
  await page.keyboard.press('Escape');
  await page.waitForSelector('.row.current', { state: 'detached' });
  await page.click('.map-box', { position: middle });
  await page.waitForSelector('.row.current >> text=live corner');

  await world.long.does(id, 'resolve', { outcome: 'invalid', people: 1 });
  await row(page, 'live corner').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.click('.map-box', { position: middle });
  await page.waitForTimeout(300);
  assert.equal(await page.locator('.row.current').count(), 0, 'the map has it no longer');
  await page.click('.statuses >> text=Closed');
  await row(page, 'live corner').waitFor();
  await page.click('.map-box', { position: middle });
  await page.waitForSelector('.row.current >> text=live corner');
  assertHonest(page.context());
});

test('two dispatchers on the same sighting: the later one is shown what changed, and goes on', async () => {
  const id = await world.queued({ place: 'contested corner' });
  const page = await dispatcher('long');
  await row(page, 'contested corner').click();
  await page.keyboard.press('a');
  await page.waitForSelector('form[aria-label="Assign"] input[name=team]');

  await world.long2.does(id, 'assign', { team: world.ids.teamA });
  const told = page.locator('form[aria-label="Assign"] .changed');
  await told.waitFor();
  assert.match(await told.textContent(), /Somebody has just changed this/);
  assert.match(await told.textContent(), /Status: Queued → Assigned/);
  assert.match(await told.textContent(), /Team: none → teamA/);
  assert.ok(await page.locator('form[aria-label="Assign"] button.primary:not(.changed *)').isDisabled());

  await told.locator('text=Go on').click();
  await page.check(`form[aria-label="Assign"] input[value="${world.ids.teamB}"]`);
  await page.fill('input[name=reason]', 'closer');
  await page.keyboard.press('Enter');
  await page.waitForSelector('form[aria-label="Assign"]', { state: 'detached' });
  assert.equal((await world.long.sees(id)).assignment.team, world.ids.teamB);
});

test("a key pressed on what another has claimed tells so, and offers what can still be done", async () => {
  const id = await world.queued({ place: 'claimed corner' });
  const page = await dispatcher('long');
  await row(page, 'claimed corner').click();
  await page.waitForSelector('.actions >> text=Claim');
  // The other's claim is on its way here while this one presses the key.
  await page.context().route('**/commands', async (route) => {
    await world.long2.does(id, 'claim');
    await route.continue();
  }, { times: 1 });
  await page.keyboard.press('c');
  await page.waitForSelector('.changed >> text=Claimed by: none → user-long2');
  await page.click('.changed >> text=Leave it');
  await page.waitForSelector('.panel-body >> text=/Claimed by user-long2 until/');
  assert.equal(await page.locator('.actions >> text=/^Claim/').count(), 0);
});

test('a new one from a call: by typing, with the number kept apart, and the code to read back', async () => {
  const page = await dispatcher('long');
  await page.waitForSelector('.list, .empty');
  await page.keyboard.press('t');
  const form = page.locator('form.call');
  await form.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), 'category');
  await page.fill('input[name=place]', '北书店');
  await page.waitForSelector('#place-suggestions >> text=北书店街道');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await form.locator('text=/Pinned, within/').waitFor();
  await page.keyboard.type('桥洞下');
  await page.fill('input[name=appearance]', '灰棉衣');
  await page.check('input[name=traits][value=elderly]');
  await page.fill('input[name=ago]', '310');
  await page.fill('input[name=callback]', '13800000000');
  await page.click('form.call button.primary');
  await page.waitForSelector('.read-back');
  const code = (await page.textContent('.read-back')).replace(/\s/g, '');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#sighting-title');
  await page.waitForSelector('.facts >> text=13800000000');
  assert.match(await page.textContent('.panel-body .notice'), /^Seen 5 h ago, got through at/);

  const found = ok(await world.long.get(`/v1/sightings?q=${code}`)).items[0];
  assert.equal(found.place, '北书店街道 桥洞下');
  assert.equal(found.reporter.kind, 'public');
  assert.deepEqual(found.traits, ['elderly']);
  assert.equal(found.position.source, 'manual');
  assert.match(found.jurisdiction, /^410202001/, 'in the middle of the street that was chosen');
  assert.equal(found.caller.callback, '13800000000');
  assertHonest(page.context());
});

test('a cut connection says so, and resumes without a reload and without a gap', async () => {
  const page = await dispatcher('long');
  await page.evaluate(() => (window.neverReloaded = true));
  await page.context().setOffline(true);
  await page.waitForSelector('.connection.cut');
  assert.match(await page.textContent('.connection.cut'), /The connection is cut/);
  const ids = [];
  for (let n = 0; n < 3; n += 1) ids.push(await world.queued({ place: `meanwhile ${n}` }));
  await world.long2.does(ids[1], 'assign', { team: world.ids.teamA });
  assert.equal(await row(page, 'meanwhile').count(), 0);
  await page.context().setOffline(false);
  await page.waitForSelector('.connection.fresh');
  assert.match(await page.textContent('.connection.fresh'), /Connected again, nothing missed/);
  for (let n = 0; n < 3; n += 1) await row(page, `meanwhile ${n}`).waitFor();
  await page.locator('.row', { hasText: 'meanwhile 1' }).locator('text=Assigned').waitFor();
  assert.ok(await page.evaluate(() => window.neverReloaded));
});

test('the server away and back again: the page waits, and is right afterwards', async () => {
  const page = await dispatcher('long');
  await page.evaluate(() => (window.neverReloaded = true));
  const { origin } = world.server;
  await world.server.stop();
  await page.waitForSelector('.connection.cut');
  await world.serve({ listen: origin.replace('https://', '') });
  await page.waitForSelector('.connection.live', { timeout: 60_000 });
  await world.queued({ place: 'after the restart' });
  await row(page, 'after the restart').waitFor();
  assert.ok(await page.evaluate(() => window.neverReloaded));
});

test('a new urgent one is said, and the title counts it; a normal one is not', async () => {
  const page = await dispatcher('long');
  const pressing = async () => Number(/^\((\d+)\)/.exec(await page.title())?.[1] ?? 0);
  const before = await pressing();
  await world.queued({ place: 'quiet corner' });
  await row(page, 'quiet corner').waitFor();
  assert.equal(await pressing(), before);
  await world.queued({ place: 'loud corner', category: 'minor_at_risk' });
  await page.waitForSelector('[aria-live] >> text=Urgent: A child alone, loud corner');
  await until(async () => (await pressing()) === before + 1);
});

test('many to one team as a round: chosen by keys and by a line drawn on the map', async () => {
  const spot = (n) => ({ lat: 34.835 + n * 0.0006, lon: 114.345, accuracy_m: 5, source: 'gps' });
  const ids = [];
  for (let n = 0; n < 4; n += 1) ids.push(await world.queued({ place: `round ${n}`, position: spot(n) }));
  const page = await dispatcher('long');
  await page.fill('#search', 'round ');
  await row(page, 'round 3').waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Shift+ArrowDown');
  await page.waitForSelector('.list-head >> text=2 chosen');
  await page.click('text=Clear');

  await page.click('.map-buttons [aria-label="Show all"]');
  const box = await page.locator('.map-box').boundingBox();
  const corner = (x, y) => page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 5 });
  await page.keyboard.down('Shift');
  await corner(0.2, 0.02);
  await page.mouse.down();
  for (const [x, y] of [[0.98, 0.02], [0.98, 0.98], [0.2, 0.98], [0.2, 0.05]]) await corner(x, y);
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.waitForSelector('.list-head >> text=4 chosen');
  await world.long2.does(ids[2], 'resolve', { outcome: 'invalid', people: 1 });
  await row(page, 'round 2').locator('text=Closed').waitFor();
  await page.locator('.list').focus();
  await page.keyboard.press('a');
  await page.waitForSelector('text=1 more cannot be assigned now and is left out.');
  await page.check(`.side input[value="${world.ids.teamB}"]`);
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=3 of 3 sent');
  for (const n of [0, 1, 3]) assert.equal((await world.long.sees(ids[n])).assignment.team, world.ids.teamB);
});

test('near ones are suggested for a link, and a case holds both', async () => {
  const position = { lat: 34.802, lon: 114.352, accuracy_m: 8, source: 'gps' };
  const first = await world.queued({ place: 'link first', position });
  const second = await world.queued({ place: 'link second', position: { ...position, lat: 34.8027 } });
  await world.queued({ place: 'link far', position: { ...position, lat: 34.808 } });
  const page = await dispatcher('long');
  await row(page, 'link first').click();
  await page.keyboard.press('l');
  const form = page.locator('form[aria-label="Link"]');
  await form.locator('text=link second').waitFor();
  assert.equal(await form.locator('text=link far').count(), 0);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.facts >> text=link second');
  const linked = (await world.long.sees(first)).case;
  assert.ok(linked);
  assert.equal((await world.long.sees(second)).case, linked);
});

test('what others write is shown as text: no script of theirs runs, and the page breaks no rule of its own', async () => {
  const evil = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';
  await world.queued({ place: `${evil} evil corner`, appearance: evil, note: `"><svg onload=window.hurt=1>${evil}` });
  ok(await world.admin.post('/v1/teams', { name: `${evil} team`, jurisdiction: '410202', phone: evil }), 201);
  const phone = await world.phone({ name: evil });
  await world.queued({ place: 'evil name' }, phone);
  const page = await dispatcher('long');
  await row(page, 'evil corner').click();
  await page.waitForSelector('.facts >> text=onload=window.hurt=1');
  await page.keyboard.press('a');
  await page.waitForSelector('form[aria-label="Assign"] >> text=/script>.*team/');
  await page.keyboard.press('Escape');
  await row(page, 'evil name').click();
  await page.click('text=Who reported?');
  await page.fill('input[name=reason]', 'to thank them');
  await page.keyboard.press('Enter');
  await page.waitForSelector('form >> text=/onerror=.*hurt/');
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  assert.equal(await page.locator('img[src=x]').count(), 0);
  assertHonest(page.context());
});

/// A picture sent to a sighting by its reporter's phone.
async function sendPhoto(phone, sighting, photo, bytes) {
  const metadata = Object.entries({ sighting, photo, filetype: 'image/jpeg' }).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  const answer = await phone.request('POST', '/v1/uploads', {
    body: bytes,
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': String(bytes.length),
      'upload-metadata': metadata.join(','),
      'content-type': 'application/offset+octet-stream',
    },
  });
  assert.equal(answer.status, 201, answer.text);
}

test('a photo appears when it has come, small and then large; one of a child stays sealed', async () => {
  const page = await dispatcher('long');
  const picture = await page.screenshot({ type: 'jpeg' });
  const phone = await world.informant();
  const [open, sealed] = [uuid(), uuid()];
  const first = await world.queued({ place: 'photo corner', category: 'medical', photos: [open] });
  await row(page, 'photo corner').click();
  await page.waitForSelector('.thumb >> text=Photo still to come');
  await sendPhoto(phone, first, open, picture);
  await page.waitForFunction(() => document.querySelector('.thumb img')?.naturalWidth > 0);
  await page.click('.thumb');
  await page.waitForFunction(() => document.querySelector('.viewer[open] img')?.naturalWidth > 1000);
  await page.keyboard.press('Escape');
  await page.waitForSelector('.viewer[open]', { state: 'detached' });

  const second = await world.queued({ place: 'child corner', category: 'minor_at_risk', photos: [sealed] });
  await sendPhoto(phone, second, sealed, picture);
  await row(page, 'child corner').click();
  await page.waitForSelector('.panel-body >> text=Photos of this kind are sealed');
  assert.equal(await page.locator('.thumb').count(), 0);
  assertHonest(page.context());
});

for (const locale of languages)
  test(`in ${locale}: accessible with a sighting, each form, a call and the key sheet open, at 1440 and 1024`, async () => {
    await world.queued({ place: `axe corner ${locale}`, urgency: 'emergency', observed_at: at(-5 * 3600), traits: ['elderly', 'ill'] });
    const page = await dispatcher('long', { locale });
    await row(page, `axe corner ${locale}`).click();
    await page.waitForSelector('.timeline li');
    await assertAccessible(page);
    for (const key of ['a', 'r', 'l', 'm', 'e', 'd', 'o']) {
      await page.keyboard.press(key);
      await page.waitForSelector('form.task');
      await assertAccessible(page);
      await page.keyboard.press('Escape');
      await page.waitForSelector('form.task', { state: 'detached' });
    }
    await page.keyboard.press('t');
    await page.waitForSelector('form.call');
    await page.fill('input[name=place]', '龙');
    await page.waitForSelector('#place-suggestions li');
    await assertAccessible(page);
    await page.setViewportSize({ width: 1024, height: 768 });
    await assertNoSidewaysScroll(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.waitForSelector('form.call', { state: 'detached' });
    await page.keyboard.press('?');
    await page.waitForSelector('dialog.help[open]');
    await assertAccessible(page);
    assertHonest(page.context());
  });

test('a supervisor reads, comments and reopens, and is offered nothing else', async () => {
  const id = await world.queued({ place: 'supervised corner', category: 'medical' });
  const page = await dispatcher('supervisorLong');
  await row(page, 'supervised corner').click();
  await page.waitForSelector('.actions button');
  assert.deepEqual(await page.locator('.actions button').allTextContents(), ['Comment M']);
  await page.keyboard.press('t');
  await page.keyboard.press('a');
  assert.equal(await page.locator('form').count(), 0);
  await world.long.does(id, 'resolve', { outcome: 'duplicate', people: 1 });
  await page.waitForSelector('.actions >> text=Reopen');
  await page.keyboard.press('o');
  await page.fill('input[name=reason]', 'another person');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.panel-head >> text=Queued');
});

test('a filter is remembered for the account, not for the next one on the same computer', async () => {
  const page = await dispatcher('long');
  await page.selectOption('select[aria-label="Urgency"]', 'urgent');
  await page.click('.statuses >> text=On the way');
  await page.reload();
  await page.waitForSelector('.connection.live');
  assert.equal(await page.inputValue('select[aria-label="Urgency"]'), 'urgent');
  assert.equal(await page.getAttribute('.statuses button:has-text("On the way")', 'aria-pressed'), 'false');
  await page.click('text=Log out');
  await page.fill('input[name=username]', username('shun'));
  await page.fill('input[name=password]', password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.connection.live');
  assert.equal(await page.inputValue('select[aria-label="Urgency"]'), '');
});

