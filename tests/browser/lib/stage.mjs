// What every journey stands on: a world with a real server, and pages opened as a phone or a desk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { patience } from '../../http/lib/words.mjs';
import { password, username, World } from '../../http/lib/world.mjs';
import { connect } from './browser.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const desk = { viewport: { width: 1440, height: 900 } };
export const languages = ['zh-CN', 'en'];
/// Inside the district Longting of the tests' territory.
export const here = { latitude: 34.8107, longitude: 114.3117, accuracy: 12 };

export class Stage {
  static async open(options) {
    const stage = new Stage();
    [stage.browser, stage.world] = await Promise.all([connect(), World.open(options)]);
    return stage;
  }

  async close() {
    await this.browser.close(); // its end of it: the browser itself serves the whole run

    await this.world.close();
  }

  get origin() {
    return this.world.server.origin;
  }

  /// A browser of one person. A fault of a page's own, or a request to another host, fails the test at close().
  async person(device = desk, { locale = 'zh-CN', ...options } = {}) {
    const context = await this.browser.newContext({
      locale,
      geolocation: here,
      permissions: ['geolocation', 'camera', 'microphone', 'notifications'],
      ...device,
      ...options,
    });
    context.locale = locale;
    watch(context);
    return context;
  }

  /// A page at a path.
  async visit(context, path) {
    const page = await context.newPage();
    await page.goto(this.origin + path);
    return page;
  }

  /// A staff member's page, logged in through the form as people do.
  async staffPage(who, path, device = desk, options) {
    const context = await this.person(device, options);
    const page = await this.visit(context, path);
    await page.fill('input[name=username]', username(who));
    await page.fill('input[name=password]', password);
    await page.click('form button.primary');
    await page.waitForSelector('form input[name=password]', { state: 'detached' });
    return page;
  }
}

/// Notes what no page may do: ask another host, or fail inside.
export function watch(context) {
  context.faults = [];
  context.setDefaultTimeout(10_000 * patience);
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && hostname !== '127.0.0.1') context.faults.push(`asked ${request.url()}`);
  });
  context.on('weberror', (error) => context.faults.push(`failed inside: ${error.error().stack ?? error.error()}`));
  context.on('console', (message) => {
    if (/Content Security Policy|Content-Security-Policy/.test(message.text())) context.faults.push(message.text());
  });
}

/// Fails if a page of the context asked another host, broke its own policy, or failed inside.
export const assertHonest = (context) => assert.deepEqual(context.faults, []);

/// Fails where axe-core finds a violation on the page as it is now.
export async function assertAccessible(page) {
  // Through the debugger, which the page's policy does not bind.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join('\n')}`);
  assert.deepEqual(told, []);
}

/// Fails where something reaches over the right edge of the screen.
export async function assertNoSidewaysScroll(page) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= screen, `${content} px wide on a screen of ${screen}`);
}
