// A picture of each page in both languages and both sizes, for the eyes of whoever changes them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

try {
  for (const locale of languages)
    for (const [size, device] of Object.entries(sizes)) {
      const shoot = (page, name) => page.screenshot({ path: join(folder, `${name}.${locale}.${size}.png`), fullPage: size === 'phone' });
      for (const [path, who] of [['/dispatch', 'long'], ['/station', 'stationA'], ['/admin', 'admin']]) {
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
