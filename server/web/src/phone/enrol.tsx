// An invite is spent by a tap on "start" alone, and only once storage and the service worker have shown that they work.
import { useEffect, useState } from 'preact/hooks';
import { createApi, Refusal } from '../shared/api';
import type { LoggedIn } from '../shared/contract';
import { t } from '../shared/i18n';
import { explain } from '../shared/problems';
import { transact, write } from './db';
import { choosePerson, here, sendSoon } from './store';
import { replace } from './screens';

/// The invite of the address, until it is spent.
export const inviteOf = (hash: string) => /^#enrol=([^&]+)/.exec(hash)?.[1];

/// Browsers inside other apps lose what a page keeps, or run no service worker.
const isInsideAnotherApp = /MicroMessenger|\bQQ\/|Weibo|DingTalk|AlipayClient/i.test(navigator.userAgent);

type Proof = 'asking' | 'good' | 'no_storage' | 'no_worker';

const limit = <T,>(promise: Promise<T>, milliseconds: number) =>
  Promise.race([promise, new Promise<never>((_, fail) => setTimeout(() => fail(new Error('it took too long')), milliseconds))]);

/// Writes, reads and deletes; waits for a service worker that has the page.
async function prove(): Promise<Proof> {
  try {
    const value = Math.random();
    await transact('readwrite', async (tx) => tx.put('settings', { name: 'proof', value }));
    const found = await transact('readwrite', async (tx) => {
      const kept = await tx.get('settings', 'proof');
      tx.delete('settings', 'proof');
      return kept?.value;
    });
    if (found !== value) return 'no_storage';
  } catch {
    return 'no_storage';
  }
  try {
    await navigator.serviceWorker.register('/sw.js');
    await limit(navigator.serviceWorker.ready, 20_000);
    return (await caches.match('/')) ? 'good' : 'no_worker';
  } catch {
    return 'no_worker';
  }
}

/// What the phone calls itself, so that an administrator can tell phones apart.
const deviceName = () => (/\(([^)]*)\)/.exec(navigator.userAgent)?.[1]?.split(';').pop()?.trim() || navigator.platform || 'phone').slice(0, 100);

async function remember({ token, me }: LoggedIn) {
  await write(async (tx) => {
    const before = await tx.get('people', me.id);
    tx.put('people', { id: me.id, token, me, cursor: before?.cursor ?? null, revoked: false });
  });
  await choosePerson(me.id);
  // Browsers that ask do it here, after a tap; what they answer is shown with the people of this phone.
  await navigator.storage?.persist?.().catch(() => false);
  history.replaceState(null, '', '/');
  replace({ name: 'home' });
  sendSoon();
}

export function Enrol() {
  const [invite, setInvite] = useState(inviteOf(location.hash));
  const [proof, setProof] = useState<Proof>('asking');
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const take = () => setInvite(inviteOf(location.hash));
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, []);
  useEffect(() => {
    if (!isInsideAnotherApp) void prove().then(setProof);
  }, []);

  const run = async (work: () => Promise<LoggedIn>, wrongWords: string) => {
    setBusy(true);
    setWrong('');
    try {
      await remember(await work());
    } catch (error) {
      setWrong(error instanceof Refusal && [401, 422].includes(error.status) ? wrongWords : explain(error));
      setBusy(false);
    }
  };
  const enrol = (event: Event) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get('name') ?? '').trim();
    const body = { invite, device: deviceName(), ...(name && { display_name: name.slice(0, 100) }) };
    void run(() => createApi().post<LoggedIn>('/v1/enrol', body), t('enrol.spent'));
  };

  if (isInsideAnotherApp) return <OpenElsewhere />;
  const others = (here.value?.people.length ?? 0) > 0;
  return (
    <>
      <section class="card narrow">
        <h2>{t('enrol.title')}</h2>
        <p>{t('app.principle')}</p>
        {!invite && <p>{t('enrol.how')}</p>}
        {others && <p>{t('enrol.another')}</p>}
        {proof === 'asking' && <p role="status">{t('enrol.proving')}</p>}
        {proof === 'no_storage' && (
          <p class="wrong" role="alert">
            {t('enrol.no_storage')}
          </p>
        )}
        {proof === 'no_worker' && (
          <p class="wrong" role="alert">
            {t('enrol.no_worker')}
          </p>
        )}
        {invite && (proof === 'good' || proof === 'no_worker') && (
          <form onSubmit={enrol}>
            <label>
              {t('enrol.name')}
              <input name="name" maxLength={100} autocomplete="name" />
            </label>
            <p class="quiet">{t('enrol.unspent')}</p>
            {proof === 'good' ? (
              <button class="primary big" disabled={busy}>
                {t('enrol.start')}
              </button>
            ) : (
              <button disabled={busy}>{t('enrol.start_online')}</button>
            )}
          </form>
        )}
        {wrong && (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
      </section>
      {!invite && (proof === 'good' || proof === 'no_worker') && <TeamLogIn busy={busy} onSubmit={(body) => run(() => createApi().post<LoggedIn>('/v1/login', body), t('login.wrong'))} />}
    </>
  );
}

function TeamLogIn({ busy, onSubmit }: { busy: boolean; onSubmit(body: { username: string; password: string }): void }) {
  return (
    <details class="card narrow">
      <summary>{t('enrol.team_login')}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          onSubmit({ username: String(form.get('username')), password: String(form.get('password')) });
        }}
      >
        <label>
          {t('login.username')}
          <input name="username" autocomplete="username" autocapitalize="none" required />
        </label>
        <label>
          {t('login.password')}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button class="primary" disabled={busy}>
          {t('login.submit')}
        </button>
      </form>
    </details>
  );
}

function OpenElsewhere() {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      setCopied(true);
    } catch {
      setCopied(false); // the address stands on the page to be copied by hand
    }
  };
  return (
    <section class="card narrow">
      <h2>{t('elsewhere.title')}</h2>
      <p>{t('elsewhere.how')}</p>
      <p>{t('enrol.unspent')}</p>
      <p class="address">{location.href}</p>
      <button type="button" class="primary big" onClick={copy}>
        {copied ? t('elsewhere.copied') : t('elsewhere.copy')}
      </button>
    </section>
  );
}
