// Whom to send, and where the person may be brought: for one sighting, or for many as a round.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Sighting, Station, Team } from '../../shared/contract';
import { t } from '../../shared/i18n';
import { ago } from '../../shared/time';
import type { Desk } from '../desk';
import { possible } from '../model/commands';
import { rankStations, rankTeams, type Choice } from '../model/nearby';
import { distance, placeOf } from '../say';
import { TaskForm, textOf, useFirstField } from './task_form';

function middleOf(sightings: readonly Sighting[]) {
  if (sightings.length === 0) return null;
  const sum = (member: 'lat' | 'lon') => sightings.reduce((all, { position }) => all + position[member], 0) / sightings.length;
  return { lat: sum('lat'), lon: sum('lon') };
}

function TeamChoice({ choice: { unit, metres }, checked }: { choice: Choice<Team>; checked: boolean }) {
  return (
    <label class="choice unit">
      <input type="radio" name="team" value={unit.id} defaultChecked={checked} required />
      <span>
        <b>{unit.name}</b>
        <br />
        {t('dispatch.load', { n: unit.load ?? 0 })}
        {' · '}
        {metres === null ? t('dispatch.place_unknown') : distance(metres)}
        {unit.phone && ` · ☎ ${unit.phone}`}
      </span>
    </label>
  );
}

function StationChoice({ choice: { unit, metres }, checked }: { choice: Choice<Station>; checked: boolean }) {
  const free = unit.free == null ? t('dispatch.free_unknown') : t('dispatch.free', { n: unit.free });
  return (
    <label class="choice unit">
      <input type="radio" name="station" value={unit.id} defaultChecked={checked} />
      <span>
        <b>{unit.name}</b>
        <br />
        <span class={unit.free === 0 ? 'wrong' : ''}>{free}</span>
        {unit.free_at && ` (${ago(unit.free_at)})`}
        {metres !== null && ` · ${distance(metres)}`}
        {unit.phone && ` · ☎ ${unit.phone}`}
      </span>
    </label>
  );
}

/// The choices, in the order they had when the form opened: nothing jumps away under a finger.
function Units({ desk, sightings, replaces }: { desk: Desk; sightings: readonly Sighting[]; replaces: string | null }) {
  const middle = useMemo(() => middleOf(sightings), []);
  const teams = useMemo(() => rankTeams(desk.teams.value, middle), [desk.teams.value.length]);
  const stations = useMemo(() => rankStations(desk.stations.value, middle), [desk.stations.value.length]);
  const station = sightings.length === 1 ? sightings[0]?.assignment?.station : null;
  const firstTeam = teams.find(({ unit }) => unit.id !== replaces)?.unit.id;
  return (
    <>
      <fieldset class="choices">
        <legend>{t('dispatch.assign.team')}</legend>
        {teams.map((choice) => (
          <TeamChoice key={choice.unit.id} choice={choice} checked={choice.unit.id === firstTeam} />
        ))}
        {teams.length === 0 && <p class="quiet">{t('dispatch.assign.no_team')}</p>}
      </fieldset>
      <fieldset class="choices">
        <legend>{t('dispatch.assign.station')}</legend>
        <label class="choice">
          <input type="radio" name="station" value="" defaultChecked={!station} />
          <span>{t('dispatch.assign.no_station')}</span>
        </label>
        {stations.map((choice) => (
          <StationChoice key={choice.unit.id} choice={choice} checked={choice.unit.id === station} />
        ))}
      </fieldset>
    </>
  );
}

const bodyOf = (form: FormData) => ({ team: textOf(form, 'team'), station: textOf(form, 'station'), reason: textOf(form, 'reason') });

export function AssignForm({ desk, sighting }: { desk: Desk; sighting: Sighting }) {
  useEffect(() => void desk.loadUnits(), []);
  const before = useMemo(() => sighting.assignment?.team ?? null, []);
  return (
    <TaskForm
      desk={desk}
      sighting={sighting}
      name="assign"
      title={t('dispatch.do.assign')}
      submit={t('dispatch.assign.submit')}
      body={(form) => {
        const body = bodyOf(form);
        if (!body.team) return t('dispatch.assign.choose');
        if (sighting.assignment && sighting.assignment.team !== body.team && !body.reason) return t('dispatch.assign.say_why');
        return body;
      }}
    >
      <Units desk={desk} sightings={[sighting]} replaces={before} />
      {sighting.assignment && (
        <label>
          {t('dispatch.assign.reason')}
          <input name="reason" maxLength={2000} />
        </label>
      )}
    </TaskForm>
  );
}

interface Told {
  sighting: Sighting;
  text: string;
  failed: boolean;
}

/// Many to one team. Each stands alone: what cannot be assigned says so, the others are.
export function RoundForm({ desk, onClose }: { desk: Desk; onClose(): void }) {
  useEffect(() => void desk.loadUnits(), []);
  const form = useFirstField<HTMLFormElement>();
  // Those that were chosen when it opened, as they were then.
  const all = useRef([...desk.chosen.value].map((id) => desk.find(id)).filter((one): one is Sighting => one !== null)).current;
  const fit = all.filter((one) => possible(one, desk.me, desk.now.value).has('assign'));
  const replaces = fit.some(({ assignment }) => assignment !== null);
  const [told, setTold] = useState<Told[] | null>(null);
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);

  const onSubmit = async (event: Event) => {
    event.preventDefault();
    const body = bodyOf(new FormData(form.current!));
    if (!body.team) return setWhy(t('dispatch.assign.choose'));
    if (replaces && !body.reason) return setWhy(t('dispatch.assign.say_why'));
    setBusy(true);
    const sent = await desk.sendAll(fit, 'assign', body);
    setBusy(false);
    setTold(fit.map((sighting, at) => {
      const outcome = sent[at];
      if (outcome?.is === 'done') return { sighting, text: t('dispatch.round.sent'), failed: false };
      return { sighting, failed: true, text: outcome?.is === 'failed' ? outcome.why : t('dispatch.round.changed') };
    }));
    desk.said.value = t('dispatch.round.told', { n: sent.filter(({ is }) => is === 'done').length, all: fit.length });
    desk.chosen.value = new Set(fit.filter((_, at) => sent[at]?.is !== 'done').map(({ id }) => id));
  };

  if (told)
    return (
      <section class="task" aria-label={t('dispatch.round.title', { n: fit.length })}>
        <h2>{t('dispatch.round.told', { n: told.filter(({ failed }) => !failed).length, all: told.length })}</h2>
        <ul>
          {told.map(({ sighting, text, failed }) => (
            <li key={sighting.id} class={failed ? 'wrong' : ''}>
              {placeOf(desk, sighting)}: {text}
            </li>
          ))}
        </ul>
        <button type="button" class="primary" ref={(button) => button?.focus()} onClick={onClose}>
          {t('action.close')}
        </button>
      </section>
    );
  return (
    <form class="task" ref={form} onSubmit={onSubmit} aria-label={t('dispatch.round.title', { n: fit.length })}>
      <h2>{t('dispatch.round.title', { n: fit.length })}</h2>
      {fit.length < all.length && <p class="quiet">{t('dispatch.round.left_out', { n: all.length - fit.length })}</p>}
      <Units desk={desk} sightings={fit} replaces={null} />
      {replaces && (
        <label>
          {t('dispatch.assign.reason')}
          <input name="reason" maxLength={2000} />
        </label>
      )}
      {why && (
        <p class="wrong" role="alert">
          {why}
        </p>
      )}
      <div class="buttons">
        <button class="primary" disabled={busy || fit.length === 0}>
          {t('dispatch.round.submit', { n: fit.length })}
        </button>
        <button type="button" onClick={onClose}>
          {t('action.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}
