// A picture of each page in both languages and both sizes, for the eyes of whoever changes them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { at } from '../http/lib/words.mjs';
import { enrol, exactly, home, inviteLink, report, wordsOf } from './lib/informant.mjs';
import { desk, languages, phone, Stage } from './lib/stage.mjs';

const folder = fileURLToPath(new URL('screens', import.meta.url));
mkdirSync(folder, { recursive: true });
const sizes = { phone, desk };
const stage = await Stage.open();

/// What an informant sees, one screen after the other.
async function informantsScreens(context, shoot) {
  const page = await context.newPage();
  await page.goto(stage.origin + (await inviteLink(stage)));
  await exactly(page, wordsOf(page).start).waitFor();
  await shoot(page, 'phone-enrol');
  await enrol(page, stage, { name: '老杨' });
  await shoot(page, 'phone-home-new');
  await page.getByRole('button', { name: wordsOf(page).help }).click();
  await page.locator('.camera video').waitFor();
  await page.waitForTimeout(500);
  await shoot(page, 'phone-compose');
  await page.goBack();
  await report(page, { picture: true });
  await page.locator('.outcome .told', { hasText: wordsOf(page).received }).waitFor();
  await shoot(page, 'phone-report');
  await home(page);
  await context.setOffline(true);
  await page.getByRole('button', { name: wordsOf(page).medical }).click();
  await shoot(page, 'phone-emergency');
  await page.locator('.place button').click();
  await page.waitForTimeout(300);
  await shoot(page, 'phone-pin');
  await page.goBack();
  await report(page, { need: 'medical' });
  await home(page);
  await shoot(page, 'phone-home-offline');
  await page.locator('header button').first().click();
  await page.waitForTimeout(300);
  await shoot(page, 'phone-people');
}

/// A team's steps.
async function teamsScreens(context, shoot) {
  const page = await context.newPage();
  const id = await stage.world.assigned({ people: 2, traits: ['elderly'], category: 'needs_help' });
  await page.goto(stage.origin + (await inviteLink(stage, { role: 'team', team: stage.world.ids.teamA })));
  await exactly(page, wordsOf(page).start).click();
  await page.locator('.item').first().waitFor();
  await shoot(page, 'team-home');
  await page.locator('.item').first().click();
  await page.locator('.navigate summary').click();
  await shoot(page, 'team-task');
  await stage.world.teamA.does(id, 'accept');
  await stage.world.teamA.does(id, 'arrive', { position: { lat: 34.8, lon: 114.3 } });
  await page.locator('.phone > .primary.big').waitFor();
  await shoot(page, 'team-on-scene');
  await page.locator('.phone > .primary.big').click();
  await page.locator('.answer').first().click();
  await shoot(page, 'team-resolve');
  await stage.world.teamA.does(id, 'resolve', { outcome: 'declined', people: 2, offered: ['food'] });
}

/// A dispatcher's desk: what waits, one of them, whom to send, a call.
async function dispatchersScreens(device, locale, shoot) {
  const { world } = stage;
  await world.queued({ category: 'minor_at_risk', place: '开封站出站口', traits: ['minor'], position: { lat: 34.795, lon: 114.35 } });
  await world.queued({ urgency: 'emergency', category: 'medical', place: '包公湖北岸', observed_at: at(-9 * 3600), people: 2, traits: ['elderly', 'ill'] });
  await world.enRoute({ place: '大梁门城墙下', position: { lat: 34.803, lon: 114.33 } });
  const page = await stage.staffPage('long', '/dispatch', device, { locale });
  await page.waitForSelector('.row');
  await page.keyboard.press('n');
  await page.waitForSelector('.timeline li');
  await page.waitForTimeout(300);
  await shoot(page, 'dispatch');
  await page.keyboard.press('a');
  await page.waitForSelector('form.task');
  await shoot(page, 'dispatch-assign');
  await page.keyboard.press('Escape');
  await page.keyboard.press('t');
  await page.waitForSelector('form.call');
  await shoot(page, 'dispatch-call');
  await page.context().close();
}

try {
  for (const locale of languages)
    for (const [size, device] of Object.entries(sizes)) {
      const shoot = (page, name) => page.screenshot({ path: join(folder, `${name}.${locale}.${size}.png`), fullPage: size === 'phone' });
      await dispatchersScreens(device, locale, shoot);
      for (const [path, who] of [['/station', 'stationA'], ['/admin', 'admin']]) {
        const page = await stage.staffPage(who, path, device, { locale });
        await page.waitForTimeout(500);
        await shoot(page, path.slice(1));
        await page.context().close();
      }
      for (const screens of [informantsScreens, teamsScreens]) {
        const context = await stage.person(device, { locale });
        await screens(context, shoot);
        await context.close();
      }
    }
} finally {
  await stage.close();
}
console.log(folder);
