// The phone, as an informant uses it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../../http/lib/words.mjs';
import { enrol, exactly, home, informant, inviteLink, kept, report, wordsOf } from '../lib/informant.mjs';
import { assertAccessible, assertHonest, assertNoSidewaysScroll, languages, phone, Stage } from '../lib/stage.mjs';

let stage;
before(async () => (stage = await Stage.open()));
after(() => stage.close());

const byDispatcher = async (fits) => until(async () => (await stage.world.long.catchUp()).changes.find(fits), 8000, 'no such sighting reached the dispatcher');

for (const locale of languages)
  test(`in ${locale}: an invite is spent by a tap on start, and three taps later a report with a picture is sent`, async () => {
    const context = await stage.person(phone, { locale });
    const page = await context.newPage();
    await page.goto(stage.origin + (await inviteLink(stage)));
    const say = wordsOf(page);
    await exactly(page, say.start).waitFor();
    await assertAccessible(page);
    await enrol(page, stage);
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    let taps = 0;
    const tap = async (target) => {
      await target.click();
      taps += 1;
    };
    await tap(page.getByRole('button', { name: say.help }));
    await tap(exactly(page, say.shutter));
    await assertAccessible(page);
    await tap(exactly(page, say.send));
    assert.equal(taps, 3);
    await page.locator('.outcome .told', { hasText: say.received }).waitFor();
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    const [sent] = await kept(page, 'reports');
    const seen = await byDispatcher(({ id }) => id === sent.id);
    assert.equal(seen.category, 'needs_help');
    assert.deepEqual([seen.position.lat, seen.position.lon, seen.position.accuracy_m, seen.position.source], [34.8107, 114.3117, 12, 'gps']);
    assert.equal(seen.photos.length, 1);
    assertHonest(context);
  });
