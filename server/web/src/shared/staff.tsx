// What the staff pages share: who is logged in (by cookie), the log-in form, and the frame around a page.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { createApi, Refusal, type Api } from './api';
import type { LoggedIn, Me, Role } from './contract';
import { t, tOf, type Key } from './i18n';
import { LanguageSwitch } from './language_switch';
import { explain } from './problems';

/// Stands before the page's title in the browser's tab: how much waits.
export const titleCount = signal('');

export interface Session {
  me: Me;
  api: Api;
  logOut(): Promise<void>;
}

type State = { is: 'asking' } | { is: 'out' } | { is: 'unreachable'; why: string } | { is: 'in'; me: Me };

interface StaffPageProps {
  title: Key;
  /// Who works on this page.
  roles: Role[];
  /// After a log-out by hand: what the page kept for this account on this computer goes.
  onLogOut?(me: Me): void;
  children(session: Session): ComponentChildren;
}

/// Asks who is logged in, lets them log in where nobody is, and draws the page for those whose page it is.
export function StaffPage({ title, roles, onLogOut, children }: StaffPageProps) {
  const [state, setState] = useState<State>({ is: 'asking' });
  const api = useMemo(() => createApi(undefined, () => setState({ is: 'out' })), []);

  const ask = () => {
    setState({ is: 'asking' });
    api.get<Me>('/v1/me').then(
      (me) => setState({ is: 'in', me }),
      (error) => {
        if (!(error instanceof Refusal) || error.status !== 401) setState({ is: 'unreachable', why: explain(error) });
      },
    );
  };
  useEffect(ask, [api]);
  const heading = t(title);
  const count = titleCount.value;
  useEffect(() => void (document.title = `${count}${heading} · ${t('app.name')}`), [count, heading]);

  const logOut = async () => {
    try {
      await api.post('/v1/logout');
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) return setState({ is: 'unreachable', why: explain(error) });
    }
    if (state.is === 'in') onLogOut?.(state.me);
    setState({ is: 'out' });
  };

  const mine = state.is === 'in' && roles.includes(state.me.role);
  return (
    <>
      <header class="bar">
        <h1>{heading}</h1>
        <span class="grow" />
        {state.is === 'in' && <span class="who">{state.me.display_name ?? tOf('role', state.me.role)}</span>}
        <LanguageSwitch />
        {state.is === 'in' && (
          <button type="button" onClick={logOut}>
            {t('login.logout')}
          </button>
        )}
      </header>
      <main>
        {state.is === 'out' && <LogIn api={api} onDone={(me) => setState({ is: 'in', me })} />}
        {state.is === 'unreachable' && (
          <div class="card narrow" role="alert">
            <p>{state.why}</p>
            <button type="button" class="primary" onClick={ask}>
              {t('action.again')}
            </button>
          </div>
        )}
        {state.is === 'in' && !mine && <p class="card narrow">{t('login.other_role', { role: tOf('role', state.me.role) })}</p>}
        {state.is === 'in' && mine && children({ me: state.me, api, logOut })}
      </main>
    </>
  );
}

function whyNot(error: unknown): string {
  if (error instanceof Refusal && error.status === 401) return t('login.wrong');
  if (error instanceof Refusal && error.status === 403) return t('login.pending');
  return explain(error);
}

function LogIn({ api, onDone }: { api: Api; onDone(me: Me): void }) {
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setWrong('');
    try {
      const body = { username: form.get('username'), password: form.get('password') };
      onDone((await api.post<LoggedIn>('/v1/login', body)).me);
    } catch (error) {
      setWrong(whyNot(error));
      setBusy(false);
    }
  };

  return (
    <form class="card narrow" onSubmit={submit}>
      <h2>{t('login.title')}</h2>
      <label>
        {t('login.username')}
        <input name="username" autocomplete="username" autocapitalize="none" required />
      </label>
      <label>
        {t('login.password')}
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <button class="primary" disabled={busy}>
        {t('login.submit')}
      </button>
      <p class="quiet">{t('app.principle')}</p>
    </form>
  );
}
