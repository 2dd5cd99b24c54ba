// What an informant sees first: what is needed, in four big buttons; and what became of what they sent.
import type { Category } from '../shared/contract';
import { t, tOf } from '../shared/i18n';
import { useNow } from '../shared/now';
import { ago, clock } from '../shared/time';
import { useState } from 'preact/hooks';
import { CategoryIcon, PinIcon } from './icons';
import { dropDraft, mark, PhoneFull, unmark } from './outbox';
import { fix, lookForPlace, positionOf, stopLooking } from './position';
import { go } from './screens';
import { tell } from './states';
import { here, reach, trouble, type Here } from './store';

export const offered: Category[] = ['needs_help', 'medical', 'minor_at_risk', 'exploitation_suspected'];

export function Home({ state }: { state: Here }) {
  return (
    <>
      <Draft state={state} />
      <NewReport />
      <MarkHere owner={state.person!.id} />
      <Reports state={state} />
    </>
  );
}

export function NewReport() {
  return (
    <section aria-label={t('home.what')}>
      <h2>{t('home.what')}</h2>
      <div class="needs">
        {offered.map((category) => (
          <button type="button" key={category} class={`need ${category}`} onClick={() => go({ name: 'compose', category })}>
            <CategoryIcon of={category} />
            {tOf('category', category)}
          </button>
        ))}
      </div>
    </section>
  );
}

function Draft({ state: { draft } }: { state: Here }) {
  if (!draft) return null;
  return (
    <section class="card draft">
      <p>{t('draft.there', { category: tOf('category', draft.category), at: clock(draft.startedAt) })}</p>
      <div class="row">
        <button type="button" class="primary" onClick={() => go({ name: 'compose', category: draft.category, ...(draft.marked && { marked: draft.marked }) })}>
          {t('draft.continue')}
        </button>
        <button type="button" onClick={dropDraft}>
          {t('draft.drop')}
        </button>
      </div>
    </section>
  );
}

/// For a driver: keeps place and time now, to be finished when parked.
function MarkHere({ owner }: { owner: string }) {
  const [told, setTold] = useState('');
  const press = async () => {
    setTold(t('place.finding'));
    lookForPlace();
    const end = Date.now() + 15_000;
    while (Date.now() < end && !(fix.value && Date.now() - fix.value.at < 15_000)) await new Promise((done) => setTimeout(done, 200));
    try {
      if (fix.value) await mark(owner, positionOf(fix.value));
      setTold(fix.value ? t('mark.done') : t('place.failed'));
    } catch (error) {
      if (!(error instanceof PhoneFull)) throw error;
      setTold(t('full.text'));
    } finally {
      stopLooking();
    }
  };
  return (
    <section class="mark">
      <button type="button" class="big" onClick={press}>
        <PinIcon /> {t('mark.button')}
      </button>
      <p class="quiet" role="status">
        {told || t('mark.how')}
      </p>
    </section>
  );
}

function Reports({ state }: { state: Here }) {
  const now = useNow();
  const ids = new Set(state.reports.map(({ id }) => id));
  const marked = state.reports.filter((one) => one.marked);
  const elsewhere = state.sightings.filter(({ id }) => !ids.has(id)).map(({ id, sighting }) => ({ id, at: sighting.received_at, category: sighting.category, place: sighting.place }));
  const mine = state.reports
    .filter((one) => !one.marked)
    .map(({ id, report, createdAt }) => ({ id, at: createdAt, category: report.category ?? 'needs_help', place: report.place }));
  const all = [...mine, ...elsewhere].sort((a, b) => +new Date(b.at) - +new Date(a.at));
  return (
    <section aria-label={t('home.mine')}>
      {marked.map(({ id, report, createdAt }) => (
        <div class="card marked" key={id}>
          <p>
            <PinIcon /> {t('mark.at', { at: clock(createdAt, now) })}
            {report.position.accuracy_m != null && ` · ±${Math.round(report.position.accuracy_m)} m`}
          </p>
          <div class="needs small">
            {offered.map((category) => (
              <button type="button" key={category} class={`need ${category}`} onClick={() => go({ name: 'compose', category, marked: id })}>
                <CategoryIcon of={category} />
                {tOf('category', category)}
              </button>
            ))}
          </div>
          <button type="button" class="small" onClick={() => unmark(id)}>
            {t('draft.drop')}
          </button>
        </div>
      ))}
      <h2>{t('home.mine')}</h2>
      {all.length === 0 && <p class="quiet">{t('home.none')}</p>}
      <ul class="list">
        {all.map(({ id, at, category, place }) => {
          const told = tell(state, id, state.reports.find((one) => one.id === id), reach.value);
          return (
            <li key={id}>
              <button type="button" class={`item ${told.tone}`} onClick={() => go({ name: 'report', id })}>
                <CategoryIcon of={category} />
                <span>
                  <strong>{tOf('category', category)}</strong> · {ago(at, now)}
                  {place && ` · ${place}`}
                  <br />
                  <span class="told">{told.text}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/// A line about the network, and what the phone itself cannot do.
export function Connection() {
  const state = here.value;
  if (!state) return null;
  const waits = state.waiting.filter(({ problem }) => !problem).length + state.pictures.filter(({ state: one }) => one === 'waiting').length;
  if (state.person?.revoked)
    return (
      <p class="notice wrong" role="alert">
        {t('revoked')}
      </p>
    );
  if (reach.value === 'troubled')
    return (
      <p class="notice" role="status">
        {t('home.troubled', { why: trouble.value })}
      </p>
    );
  if (reach.value !== 'unreachable') return null;
  return (
    <p class="notice" role="status">
      {waits ? t('home.offline_waiting', { n: waits }) : t('home.offline')}
    </p>
  );
}
