import { useEffect } from 'preact/hooks';
import { language, t } from '../shared/i18n';
import { LanguageSwitch } from '../shared/language_switch';
import { mount } from '../shared/mount';
import { Compose } from './compose';
import { Enrol, inviteOf } from './enrol';
import { Connection, Home } from './home';
import { nameOf, People } from './people';
import './phone.css';
import { ReportScreen } from './report';
import { Resolve } from './resolve';
import { back, go, screen } from './screens';
import { broken, here, start, type Here } from './store';
import { Task, TeamHome } from './team';

function Shown({ state }: { state: Here }) {
  const at = screen.value;
  if (!state.person || at.name === 'enrol') return <Enrol />;
  switch (at.name) {
    case 'compose':
      return <Compose key={at.category + at.marked} state={state} category={at.category} marked={at.marked} />;
    case 'report':
      return <ReportScreen key={at.id} state={state} id={at.id} fresh={at.fresh} lost={at.lost} />;
    case 'task':
      return <Task key={at.id} state={state} id={at.id} />;
    case 'resolve':
      return <Resolve key={at.id} state={state} id={at.id} />;
    case 'people':
      return <People state={state} />;
    default:
      return state.person.me.role === 'team' ? <TeamHome state={state} /> : <Home state={state} />;
  }
}

function App() {
  const state = here.value;
  const title = t('app.name');
  useEffect(() => void (document.title = title), [title, language.value]);
  const deep = screen.value.name !== 'home' && state?.person;
  return (
    <>
      <header class="bar">
        {deep ? (
          <button type="button" onClick={back}>
            ‹ {t('action.back')}
          </button>
        ) : (
          <h1>{title}</h1>
        )}
        <span class="grow" />
        {state?.person && (
          <button type="button" onClick={() => screen.value.name !== 'people' && go({ name: 'people' })}>
            {nameOf(state.person)}
          </button>
        )}
        <LanguageSwitch />
      </header>
      <main class="phone">
        {deep && <h1 class="unseen">{title}</h1>}
        {broken.value && (
          <p class="notice wrong" role="alert">
            {t('broken', { why: broken.value })}
          </p>
        )}
        <Connection />
        {state ? <Shown state={state} /> : broken.value && <Enrol />}
      </main>
    </>
  );
}

async function open() {
  history.replaceState(null, '');
  if (inviteOf(location.hash)) screen.value = { name: 'enrol' };
  addEventListener('hashchange', () => inviteOf(location.hash) && go({ name: 'enrol' }));
  await mount(<App />);
  await start();
  // The service worker that was proved at enrolment is looked for anew at each visit, so that it never goes missing.
  if (here.value?.person) await navigator.serviceWorker?.register('/sw.js').catch(() => undefined);
}

void open();
