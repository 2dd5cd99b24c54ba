// The station's desk: who is coming, who is here, and one of them in full.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Api } from '../shared/api';
import type { Me, Sighting } from '../shared/contract';
import { t, type Key } from '../shared/i18n';
import { metresBetween } from '../shared/geo';
import { useNow } from '../shared/now';
import { clock, span } from '../shared/time';
import { Enquiry } from './enquiry';
import { Model, pickedUpAt } from './model';
import { NoticeBoard } from './notice_board';
import { Places } from './places';
import { byNearness, drive, isComing, textOf } from './records';
import { Pane } from './pane';
import { facts } from './facts';

type Tab = 'coming' | 'here' | 'ended';
const tabs: Tab[] = ['coming', 'here', 'ended'];
const tabOf = (sighting: Sighting): Tab => (isComing(sighting) ? 'coming' : sighting.status === 'confirmed' ? 'here' : 'ended');

export function Desk({ api, me }: { api: Api; me: Me }) {
  const model = useMemo(() => new Model(api, me), [api, me]);
  useEffect(() => model.start(), [model]);
  const [tab, setTab] = useState<Tab>('coming');
  const [chosen, setChosen] = useState<string | null>(null);
  const [words, setWords] = useState('');
  const [asking, setAsking] = useState(false);

  const all = [...model.sightings.value.values()];
  const counted = (which: Tab) => all.filter((sighting) => tabOf(sighting) === which);
  const newestFirst = (a: Sighting, b: Sighting) => b.received_at.localeCompare(a.received_at);
  const listed = counted(tab).sort(tab === 'coming' ? byNearness : newestFirst).filter((sighting) => fits(model, sighting, words));
  const shown = chosen ? model.sightings.value.get(chosen) : undefined;
  const open = (sighting: Sighting) => {
    setTab(tabOf(sighting));
    setChosen(sighting.id);
  };

  return (
    <div class="desk">
      <div class="desk-bar unprinted">
        <h2>{model.station.value?.name ?? t('station.title')}</h2>
        <FeedSign model={model} />
        <span class="grow" />
        <button type="button" onClick={() => setAsking(true)}>
          {t('station.enquiry')}
        </button>
        <Places model={model} />
      </div>
      <div class="columns">
        <nav class="column list unprinted" aria-label={t('station.list')}>
          <NoticeBoard model={model} onOpen={open} />
          <div class="tabs">
            {tabs.map((one) => (
              <button type="button" aria-pressed={tab === one} onClick={() => setTab(one)}>
                {t(`station.tab.${one}` as Key)} <b>{counted(one).length}</b>
              </button>
            ))}
          </div>
          <label class="search">
            {t('station.search')}
            <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
          </label>
          <p class="quiet small">{t('station.search.how')}</p>
          {listed.length === 0 && <p class="quiet">{t(words ? 'station.none.found' : (`station.none.${tab}` as Key))}</p>}
          <ul class="cards">
            {listed.map((sighting) => (
              <li key={sighting.id}>
                <Item model={model} sighting={sighting} chosen={sighting.id === chosen} onOpen={() => open(sighting)} />
              </li>
            ))}
          </ul>
        </nav>
        <section class="column pane" aria-label={t('station.pane')}>
          {shown ? (
            <Pane key={shown.id} model={model} sighting={shown} onMoved={open} />
          ) : (
            <div class="empty unprinted">
              <p>{t('station.choose')}</p>
              <p class="quiet">{t('app.principle')}</p>
            </div>
          )}
        </section>
      </div>
      {asking && <Enquiry model={model} onClose={() => setAsking(false)} />}
    </div>
  );
}

/// Whether each word stands in what this station has of it: looked for here, never on the server.
function fits(model: Model, sighting: Sighting, words: string): boolean {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return true;
  const { code, place, appearance, note } = sighting;
  const text = textOf([code, place, appearance, note, model.registered.value.get(sighting.id)?.items]).toLowerCase();
  return wanted.every((word) => text.includes(word));
}

function FeedSign({ model }: { model: Model }) {
  const state = model.state.value;
  return (
    <span class={`sign ${state}`} role="status">
      {t(`feed.${state}` as Key)}
    </span>
  );
}

interface ItemProps {
  model: Model;
  sighting: Sighting;
  chosen: boolean;
  onOpen(): void;
}

function Item({ model, sighting, chosen, onOpen }: ItemProps) {
  const team = model.station.value?.bringing.find(({ id }) => id === sighting.assignment?.team);
  const people = model.registered.value.get(sighting.id)?.items ?? [];
  const called = people.map(({ name, label }) => name || label).filter(Boolean);
  return (
    <button type="button" class={`item ${sighting.status}`} aria-current={chosen} onClick={onOpen}>
      <span class="row">
        <b class="state">{t(`station.state.${sighting.status}` as Key)}</b>
        <span class="grow" />
        <Expected model={model} sighting={sighting} />
      </span>
      {called.length > 0 && <b class="called">{called.join('、')}</b>}
      <span>{facts(sighting)}</span>
      <span class="quiet">{[sighting.place, team?.name, sighting.code].filter(Boolean).join(' · ')}</span>
    </button>
  );
}

/// When they should be here, as far as that can be told.
export function Expected({ model, sighting }: { model: Model; sighting: Sighting }) {
  const now = useNow();
  if (!isComing(sighting)) {
    const at = model.registered.value.get(sighting.id)?.confirmed_at;
    return at ? <span class="quiet">{clock(at, now)}</span> : null;
  }
  const station = model.station.value?.position;
  const way = station ? drive(metresBetween(sighting.position, station)) : null;
  const left = pickedUpAt(model.timelines.value.get(sighting.id));
  if (sighting.status !== 'picked_up') return <span class="quiet">{way ? t('station.expected.drive', { span: span(way) }) : ''}</span>;
  if (left === null) return null;
  if (way === null) return <span>{t('station.expected.left', { span: span(now - left) })}</span>;
  const late = now - left - way;
  return <b>{late > 0 ? t('station.expected.late', { at: clock(left + way, now), span: span(late) }) : t('station.expected.at', { at: clock(left + way, now) })}</b>;
}
