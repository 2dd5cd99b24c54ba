// A report that comes by telephone: what the caller says, in the order in which people say it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal, Unreachable } from '../../shared/api';
import type { Category, CommandAnswer, InformantSighting, Point, Report, ReporterKind, Sighting, Spoke, Staying, Trait, Urgency } from '../../shared/contract';
import { t, tOf } from '../../shared/i18n';
import { explain } from '../../shared/problems';
import { uuid } from '../../shared/uuid';
import type { Desk } from '../desk';
import { orderMap } from '../map/map';
import { isStaffView } from '../model/state';
import { Choices, textOf, useFirstField } from '../panel/task_form';
import { People, peopleOf, stayings, traits, urgencies } from '../panel/tasks';
import { distance, spaced } from '../say';
import { PlaceField } from './place_field';
import { loadPoints, suggest, type Suggestion } from './places';

/// What a caller may say; findings are for triage.
const told: readonly Category[] = ['needs_help', 'medical', 'minor_at_risk', 'exploitation_suspected'];
const callers: readonly ReporterKind[] = ['public', 'self', 'sanitation_worker', 'taxi_driver', 'patrol', 'volunteer', 'staff'];
const spoken: readonly Spoke[] = ['told', 'card', 'wants_help'];
/// A pin set by hand on a map is worth about so many metres.
const pinMetres = 50;

const atLeast: Partial<Record<Category, Urgency>> = { medical: 'urgent', minor_at_risk: 'urgent', exploitation_suspected: 'urgent' };

function bodyOf(form: FormData, position: Report['position'], place: string | undefined): Report {
  const minutesAgo = Number(textOf(form, 'ago') ?? 0);
  const callback = textOf(form, 'callback');
  const all = <T extends string>(name: string) => form.getAll(name).map(String) as T[];
  const marked = { traits: all<Trait>('traits'), spoke: all<Spoke>('spoke') };
  const given = { place, appearance: textOf(form, 'appearance'), staying: textOf(form, 'staying') as Staying | undefined, note: textOf(form, 'note') };
  return {
    category: textOf(form, 'category') as Category,
    position,
    observed_at: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
    people: peopleOf(form),
    ...(textOf(form, 'urgency') && { urgency: textOf(form, 'urgency') as Urgency }),
    ...(marked.traits.length && { traits: marked.traits }),
    ...(marked.spoke.length && { spoke: marked.spoke }),
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as Partial<Report>),
    caller: { kind: textOf(form, 'kind') ?? 'public', ...(callback && { callback }) },
  };
}

export function NewCall({ desk, onClose }: { desk: Desk; onClose(): void }) {
  const form = useFirstField<HTMLFormElement>();
  const id = useRef(uuid());
  // The time of the call holds through every try: the same report again is the same.
  const sent = useRef<{ key: string; body: Report } | null>(null);
  const [points, setPoints] = useState<readonly Point[]>([]);
  const [place, setPlace] = useState('');
  const [picked, setPicked] = useState<Suggestion | null>(null);
  const [category, setCategory] = useState<Category>('needs_help');
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const [taken, setTaken] = useState<Sighting | InformantSighting | null>(null);
  const pin = desk.pin.value;

  useEffect(() => {
    desk.pin.value = null;
    desk.pinning.value = true;
    loadPoints(desk).then(setPoints, (error) => {
      if (!(error instanceof Unreachable) && !(error instanceof Refusal)) throw error;
    });
    return () => {
      desk.pin.value = null;
      desk.pinning.value = false;
    };
  }, []);

  const onPick = (one: Suggestion) => {
    setPicked(one);
    setPlace(one.kind === 'jurisdiction' ? `${one.name} ` : one.name);
    desk.pin.value = { lat: one.lat, lon: one.lon };
  };
  // A pin moved by hand is no longer the place that was picked.
  const exact = pin !== null && picked !== null && pin.lat === picked.lat && pin.lon === picked.lon;
  const metres = exact ? picked.accuracy : pinMetres;

  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (!pin) return setWhy(t('dispatch.call.where'));
    const data = new FormData(form.current!);
    const key = JSON.stringify([[...data.entries()].map(String), pin, metres]);
    if (sent.current?.key !== key) sent.current = { key, body: bodyOf(data, { ...pin, accuracy_m: metres, source: 'manual' }, place.trim() || undefined) };
    setBusy(true);
    setWhy('');
    try {
      const answer = await desk.api.put<CommandAnswer<Sighting | InformantSighting>>(`/v1/sightings/${id.current}`, sent.current.body);
      desk.take(answer.sighting);
      if ('gone' in answer.sighting) return onClose();
      desk.pinning.value = false;
      setTaken(answer.sighting);
    } catch (error) {
      if (error instanceof Refusal && error.slug === 'conflict') return void takenBefore();
      setWhy(explain(error));
      setBusy(false);
    }
  };

  /// An earlier try did arrive, with other words; its code holds, and the rest can be amended.
  async function takenBefore() {
    try {
      desk.pinning.value = false;
      setWhy(t('dispatch.call.taken_before'));
      setTaken(await desk.api.get<Sighting>(`/v1/sightings/${id.current}`));
    } catch (error) {
      setWhy(explain(error));
      setBusy(false);
    }
  }

  if (taken)
    return (
      <section class="task call-done" aria-label={t('dispatch.call.taken')}>
        <h2>{t('dispatch.call.taken')}</h2>
        <p>{t('dispatch.call.read_back')}</p>
        <p class="read-back" role="status" aria-label={[...taken.code].join(' ')}>
          {spaced(taken.code)}
        </p>
        {why && <p class="notice">{why}</p>}
        {!isStaffView(taken) && <p>{t('dispatch.call.elsewhere')}</p>}
        <div class="buttons">
          <button
            type="button"
            class="primary"
            ref={(button) => button?.focus()}
            onClick={() => {
              onClose();
              if (isStaffView(taken)) desk.select(taken.id);
            }}
          >
            {isStaffView(taken) ? t('dispatch.call.open') : t('action.close')}
          </button>
        </div>
      </section>
    );

  return (
    <form class="task call" ref={form} onSubmit={onSubmit} aria-label={t('dispatch.call.title')}>
      <h2>{t('dispatch.call.title')}</h2>
      <Choices name="category" legend={t('dispatch.field.category')} values={told} label={(one) => tOf('category', one)} checked={['needs_help']} onChange={(one) => setCategory(one)} />
      {category !== 'needs_help' && <p class="notice">{t('dispatch.call.call_out')}</p>}
      <PlaceField
        label={t('dispatch.call.place')}
        hint={pin ? t('dispatch.call.pinned', { distance: distance(metres) }) : t('dispatch.call.place_hint')}
        value={place}
        suggestions={suggest(desk, points, place)}
        onText={setPlace}
        onPick={onPick}
      />
      <div class="buttons">
        <button type="button" class="slim" onClick={() => orderMap('pin')}>
          {t('dispatch.pin.middle')}
        </button>
      </div>
      <label>
        {t('dispatch.field.appearance')}
        <input name="appearance" maxLength={200} placeholder={t('dispatch.call.appearance_hint')} />
      </label>
      <Choices name="staying" legend={t('dispatch.field.staying')} values={stayings} label={(one) => tOf('staying', one)} />
      <div class="pair">
        <People initial={1} />
        <label>
          {t('dispatch.call.ago')}
          <input name="ago" type="number" min={0} max={10080} defaultValue="0" />
        </label>
      </div>
      <Choices name="traits" type="checkbox" legend={t('dispatch.field.traits')} values={traits} label={(one) => tOf('trait', one)} />
      <Choices
        name="urgency"
        legend={t('dispatch.field.urgency')}
        values={urgencies.filter((one) => one !== 'normal' || !atLeast[category])}
        label={(one) => tOf('urgency', one)}
        checked={[atLeast[category] ?? 'normal']}
        key={category}
      />
      <Choices name="spoke" type="checkbox" legend={t('dispatch.field.spoke')} values={spoken} label={(one) => tOf('dispatch.spoke', one)} />
      <label>
        {t('dispatch.field.note')}
        <textarea name="note" rows={2} maxLength={2000} />
      </label>
      <fieldset class="apart">
        <legend>{t('dispatch.call.caller')}</legend>
        <label>
          {t('dispatch.call.caller_kind')}
          <select name="kind">
            {callers.map((one) => (
              <option key={one} value={one}>
                {tOf('kind', one)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('dispatch.field.callback')}
          <input name="callback" inputMode="tel" autocomplete="off" maxLength={40} />
        </label>
        <p class="quiet">{t('dispatch.callback.erased')}</p>
      </fieldset>
      {why && (
        <p class="wrong" role="alert">
          {why}
        </p>
      )}
      <div class="buttons sticky">
        <button class="primary" disabled={busy}>
          {t('dispatch.call.submit')}
        </button>
        <button type="button" onClick={onClose}>
          {t('action.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}
