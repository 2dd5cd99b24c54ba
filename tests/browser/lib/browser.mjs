// Debian's Chromium with an authority of the tests in its store: honest TLS, without which no service worker runs.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = [
  '--no-sandbox', // the tests run as root
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/// A home folder below `folder` whose certificate store trusts the authority.
export function trustedHome(folder, authority) {
  const home = join(folder, 'home');
  for (const place of ['.pki/nssdb', '.local/share/pki/nssdb']) {
    const store = join(home, place);
    mkdirSync(store, { recursive: true });
    execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password']);
    execFileSync('certutil', ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', 'waystation', '-i', authority]);
  }
  return home;
}

const env = (home) => ({ ...process.env, HOME: home, XDG_DATA_HOME: join(home, '.local/share') });

/// The browser all journeys share.
export const launchShared = (home) => chromium.launchServer({ executablePath, args, env: env(home) });

/// A browser with a profile on disk, which may be killed and opened again.
export const launchProfile = (profile, options) =>
  chromium.launchPersistentContext(profile, { executablePath, args, env: env(process.env.WAYSTATION_HOME), ...options });

export const connect = () => chromium.connect(process.env.WAYSTATION_BROWSER);
