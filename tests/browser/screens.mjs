// A picture of each page in both languages and both sizes, for the eyes of whoever changes them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { desk, languages, phone, Stage } from './lib/stage.mjs';

const folder = fileURLToPath(new URL('screens', import.meta.url));
mkdirSync(folder, { recursive: true });
const sizes = { phone, desk };

const stage = await Stage.open();
try {
  for (const locale of languages)
    for (const [size, device] of Object.entries(sizes)) {
      const shoot = (page, name) => page.screenshot({ path: join(folder, `${name}.${locale}.${size}.png`) });
      for (const [path, who] of [['/dispatch', 'long'], ['/station', 'stationA'], ['/admin', 'admin']]) {
        const page = await stage.staffPage(who, path, device, { locale });
        await page.waitForLoadState('networkidle');
        await shoot(page, path.slice(1));
        await page.context().close();
      }
      const context = await stage.person(device, { locale });
      await shoot(await stage.visit(context, '/'), 'phone');
      await context.close();
    }
} finally {
  stage.contexts = [];
  await stage.close();
}
console.log(folder);
