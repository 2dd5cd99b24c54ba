// The team's view: what is assigned, and one step after the other. What is done without network is done here at once
// and sent later.
import { useState } from 'preact/hooks';
import type { Sighting, Status } from '../shared/contract';
import { metresBetween, navigationLinks } from '../shared/geo';
import { t, tOf } from '../shared/i18n';
import { useNow } from '../shared/now';
import { ago } from '../shared/time';
import { Camera } from './camera';
import { Chip } from './chips';
import type { Waiting } from './db';
import { NewReport } from './home';
import { CategoryIcon } from './icons';
import { More } from './more';
import { act, addEvidence, giveUp, PhoneFull, tryAgain } from './outbox';
import { Photos } from './photos';
import { finding, fix, lookForPlace, positionOf, stopLooking } from './position';
import { back, go } from './screens';
import { tell } from './states';
import { reach, sendSoon, type Here } from './store';
import { Voice } from './voice';

const after: Partial<Record<string, Status>> = { accept: 'en_route', decline: 'queued', arrive: 'on_scene', changed_mind: 'closed', not_arrived: 'closed' };

/// The status as it will be once what waits has been sent.
export function projected(sighting: Sighting, waiting: Waiting[]): Status {
  let status = sighting.status;
  for (const { command, problem } of waiting) {
    if (command.sighting !== sighting.id || problem) continue;
    if (command.name === 'resolve') status = (command.body as { outcome: string }).outcome === 'picked_up' ? 'picked_up' : 'closed';
    else status = after[command.name] ?? status;
  }
  return status;
}

const order: Status[] = ['on_scene', 'en_route', 'assigned', 'picked_up'];

export function TeamHome({ state }: { state: Here }) {
  const now = useNow();
  const tasks = state.sightings
    .map(({ sighting }) => sighting as Sighting)
    .filter(({ assignment }) => assignment?.team === state.person?.me.team)
    .map((sighting) => ({ sighting, status: projected(sighting, state.waiting) }))
    .filter(({ status }) => order.includes(status))
    .sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status) || +new Date(a.sighting.due_at ?? 0) - +new Date(b.sighting.due_at ?? 0));
  return (
    <>
      <h2>{t('team.tasks')}</h2>
      {tasks.length === 0 && <p class="quiet">{t('team.none')}</p>}
      <ul class="list">
        {tasks.map(({ sighting, status }) => (
          <li key={sighting.id}>
            <button type="button" class={`item ${sighting.urgency}`} onClick={() => go({ name: 'task', id: sighting.id })}>
              <CategoryIcon of={sighting.category} />
              <span>
                <strong>{tOf('category', sighting.category)}</strong> · {tOf('urgency', sighting.urgency)} · {ago(sighting.observed_at, now)}
                <br />
                {sighting.place ?? t('team.no_place')}
                <br />
                <span class="told">
                  {[tOf('status', status), distance(sighting)].filter(Boolean).join(' · ')}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <NewReport />
    </>
  );
}

function distance({ position }: Sighting): string {
  const from = fix.value;
  if (!from) return '';
  const metres = metresBetween(from, position);
  return metres < 1000 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`;
}

export function Task({ state, id }: { state: Here; id: string }) {
  const now = useNow();
  const [wrong, setWrong] = useState('');
  const sighting = state.sightings.find((kept) => kept.id === id)?.sighting as Sighting | undefined;
  if (!sighting) return <p>{t('team.gone')}</p>;
  const waiting = state.waiting.filter(({ command }) => command.sighting === id);
  const status = projected(sighting, state.waiting);
  const refused = waiting.some(({ problem }) => problem);

  const does = async (work: Promise<unknown>) => {
    try {
      await work;
      setWrong('');
      sendSoon();
    } catch (error) {
      if (!(error instanceof PhoneFull)) throw error;
      setWrong(t('full.text'));
    }
  };
  const command = (name: Parameters<typeof act>[2], body?: object) => does(act(state.person!.id, id, name, body));

  return (
    <>
      <section class={`card ${sighting.urgency}`}>
        <h2 class="titled">
          <CategoryIcon of={sighting.category} /> {tOf('category', sighting.category)}
        </h2>
        <p role="status" class="told">
          {tOf('status', status)}
          {waiting.length > 0 && !refused && ` · ${reach.value === 'unreachable' ? t('team.step_waits') : t('state.sending')}`}
          {refused && <span class="wrong"> {tell(state, id, undefined, reach.value).text}</span>}
        </p>
        {refused && (
          <div class="row">
            <button type="button" class="primary" onClick={() => does(tryAgain(id))}>
              {t('action.again')}
            </button>
            <button type="button" onClick={() => does(giveUp(id))}>
              {t('report.give_up')}
            </button>
          </div>
        )}
        <Facts sighting={sighting} now={now} />
      </section>
      <Navigate sighting={sighting} />
      {sighting.photos.length > 0 && <Photos photos={sighting.photos} token={state.person!.token} />}
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {status === 'assigned' && (
        <div class="choice">
          <button type="button" class="primary big" onClick={() => command('accept')}>
            {t('team.accept')}
          </button>
          <Decline onDecline={(reason) => command('decline', { reason }).then(back)} />
        </div>
      )}
      {status === 'en_route' && <EnRoute sighting={sighting} command={command} />}
      {status === 'on_scene' && (
        <>
          <button type="button" class="primary big" onClick={() => go({ name: 'resolve', id })}>
            {t('team.resolve')}
          </button>
          <Picture ask={(picture) => does(addEvidence(state.person!.id, id, picture, t('camera.title')))} refuse={() => command('comment', { text: t('team.picture_refused_note') })} />
          <Voice onTaken={(note) => void does(addEvidence(state.person!.id, id, note, t('voice.note')))} />
          <Decline onDecline={(reason) => command('decline', { reason }).then(back)} />
        </>
      )}
      {status === 'picked_up' && (
        <div class="choice">
          <p>{t('team.on_the_way_to_station')}</p>
          <button type="button" class="big" onClick={() => command('changed_mind', {}).then(back)}>
            {t('team.changed_mind')}
          </button>
        </div>
      )}
      {['queued', 'closed', 'confirmed'].includes(status) && <p>{t('team.done')}</p>}
      {['assigned', 'en_route', 'on_scene', 'picked_up'].includes(status) && <More command={command} />}
    </>
  );
}

function Facts({ sighting, now }: { sighting: Sighting; now: number }) {
  const { people, traits, place, appearance, staying, note, observed_at: seen, spoke } = sighting;
  const rows: [string, string | null | undefined][] = [
    [tOf('member', 'place'), place],
    [tOf('member', 'appearance'), appearance],
    [tOf('member', 'people'), people ? String(people) : null],
    [tOf('member', 'traits'), traits.map((one) => tOf('trait', one)).join('、')],
    [tOf('member', 'staying'), staying && tOf('staying', staying)],
    [tOf('member', 'spoke'), spoke?.map((one) => tOf('spoke', one)).join('、')],
    [tOf('member', 'note'), note],
    [t('team.seen'), ago(seen, now)],
    [t('report.code'), sighting.code],
  ];
  return (
    <dl>
      {rows
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Navigate({ sighting }: { sighting: Sighting }) {
  const { position } = sighting;
  return (
    <details class="navigate">
      <summary class="button">{t('team.navigate')}</summary>
      <p class="quiet">
        {t('team.accuracy', { metres: Math.round(position.accuracy_m ?? 0) })} · WGS-84 {position.lat.toFixed(5)}, {position.lon.toFixed(5)}
      </p>
      <div class="row">
        {navigationLinks(position, sighting.place ?? sighting.code).map(({ app, href }) => (
          <a key={app} class="button" href={href} target="_blank" rel="noreferrer noopener">
            {tOf('app', app)}
          </a>
        ))}
      </div>
    </details>
  );
}

const reasons = ['team.why_busy', 'team.why_far', 'team.why_vehicle', 'team.why_unsafe'] as const;

function Decline({ onDecline }: { onDecline(reason: string): void }) {
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <button type="button" class="big" onClick={() => setAsking(true)}>
        {t('team.decline')}
      </button>
    );
  return (
    <section class="chips" aria-label={t('team.decline')}>
      <h3>{t('team.decline_why')}</h3>
      <div>
        {reasons.map((key) => (
          <Chip key={key} on={false} onPress={() => onDecline(t(key))}>
            {t(key)}
          </Chip>
        ))}
      </div>
    </section>
  );
}

function EnRoute({ sighting, command }: { sighting: Sighting; command(name: 'arrive' | 'resolve' | 'decline', body: object): Promise<void> }) {
  const [told, setTold] = useState('');
  const arrive = async () => {
    setTold(t('place.finding'));
    lookForPlace();
    const end = Date.now() + 15_000;
    while (Date.now() < end && finding.value !== 'found' && finding.value !== 'refused') await new Promise((done) => setTimeout(done, 200));
    const found = fix.value && Date.now() - fix.value.at < 5 * 60_000 ? positionOf(fix.value) : undefined;
    stopLooking();
    setTold('');
    // Without a fix the team says where it is by the place it was sent to.
    const { lat, lon } = sighting.position;
    await command('arrive', { position: found ?? { lat, lon, source: 'manual' } });
  };
  const ends = ['not_found', 'already_gone', 'inaccessible'] as const;
  return (
    <>
      <button type="button" class="primary big" onClick={arrive}>
        {t('team.arrive')}
      </button>
      {told && <p role="status">{told}</p>}
      <section class="chips" aria-label={t('team.not_there')}>
        <h3>{t('team.not_there')}</h3>
        <div>
          {ends.map((outcome) => (
            <Chip key={outcome} on={false} onPress={() => void command('resolve', { outcome, people: sighting.people ?? 1 }).then(back)}>
              {tOf('outcome', outcome)}
            </Chip>
          ))}
        </div>
      </section>
      <Decline onDecline={(reason) => void command('decline', { reason }).then(back)} />
    </>
  );
}

/// A team asks first. "Refused" is complete evidence.
function Picture({ ask, refuse }: { ask(picture: Parameters<typeof addEvidence>[2]): void; refuse(): void }) {
  const [answer, setAnswer] = useState<'asking' | 'yes' | 'no'>('asking');
  return (
    <section class="card">
      <p>{answer === 'no' ? t('team.picture_refused') : t('team.picture_ask')}</p>
      {answer === 'asking' && (
        <div class="row">
          <button type="button" onClick={() => setAnswer('yes')}>
            {t('team.picture_yes')}
          </button>
          <button
            type="button"
            onClick={() => {
              setAnswer('no');
              refuse();
            }}
          >
            {t('team.picture_no')}
          </button>
        </div>
      )}
      {answer === 'yes' && <Camera eager onTaken={ask} />}
    </section>
  );
}
