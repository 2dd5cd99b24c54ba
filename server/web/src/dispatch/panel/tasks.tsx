// The forms of the commands that need more than a key.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Agency, Category, Items, Outcome, Sighting, Staying, Trait, Urgency } from '../../shared/contract';
import { Refusal, Unreachable } from '../../shared/api';
import { t, tOf } from '../../shared/i18n';
import { explain } from '../../shared/problems';
import { span } from '../../shared/time';
import type { Desk } from '../desk';
import { dispatcherOutcomes, mayHandOver } from '../model/commands';
import { asCode } from '../model/filter';
import { inCase, suggestions } from '../model/nearby';
import { distance, jurisdictionName, placeOf, spaced } from '../say';
import { Choices, TaskForm, textOf, useFirstField } from './task_form';

export interface TaskProps {
  desk: Desk;
  sighting: Sighting;
}

export const agencies: readonly Agency[] = ['police', 'city_management', 'hospital'];
export const categories: readonly Category[] = ['needs_help', 'medical', 'minor_at_risk', 'exploitation_suspected', 'professional_begging', 'disturbance', 'public_facility'];
export const urgencies: readonly Urgency[] = ['normal', 'urgent', 'emergency'];
export const traits: readonly Trait[] = ['minor', 'elderly', 'disabled', 'injured', 'ill', 'mental_distress', 'pregnant', 'with_children'];
export const stayings: readonly Staying[] = ['now', 'overnight', 'moving'];

export const peopleOf = (form: FormData) => Number(textOf(form, 'people') ?? 1);

export function People({ initial }: { initial: number }) {
  return (
    <label>
      {t('dispatch.field.people')}
      <input name="people" type="number" min={1} max={999} required defaultValue={String(initial)} />
    </label>
  );
}

export function ReferForm({ desk, sighting }: TaskProps) {
  return (
    <TaskForm
      desk={desk}
      sighting={sighting}
      name="refer"
      title={t('dispatch.do.refer')}
      submit={t('dispatch.refer.submit')}
      body={(form) => {
        const [agency, reason, number] = [textOf(form, 'agency'), textOf(form, 'reason'), textOf(form, 'number')];
        if (!agency) return t('dispatch.refer.whom');
        if (!reason) return t('dispatch.say_why');
        return { agency, reason, note: textOf(form, 'note'), ...(number && { call: { number, time: new Date().toISOString() } }) };
      }}
    >
      <Choices name="agency" legend={t('dispatch.refer.agency')} values={agencies} label={(one) => tOf('agency', one)} />
      <label>
        {t('dispatch.reason')}
        <input name="reason" required maxLength={2000} />
      </label>
      <label>
        {t('dispatch.field.note')}
        <input name="note" maxLength={2000} />
      </label>
      <label>
        {t('dispatch.refer.number')}
        <input name="number" inputMode="tel" />
      </label>
    </TaskForm>
  );
}

/// Links to one that is near in place and time, or to any by its code.
export function LinkForm({ desk, sighting }: TaskProps) {
  const near = suggestions(desk.state.value, sighting);
  const together = inCase(desk.state.value, sighting);
  const [taken, setTaken] = useState<string | null>(near[0]?.sighting.id ?? null);
  return (
    <>
      {together.length > 0 && <Unlink desk={desk} sighting={sighting} together={together} />}
      <TaskForm
        desk={desk}
        sighting={sighting}
        name="link"
        title={t('dispatch.do.link')}
        submit={t('dispatch.link.submit')}
        body={(form) => {
          const code = asCode(textOf(form, 'code') ?? '');
          if (!code) return taken ? { to: taken } : t('dispatch.link.which');
          const other = [...desk.state.value.items.values()].find((item) => item.sighting.code === code);
          return other ? { to: other.sighting.id } : t('dispatch.link.no_code');
        }}
      >
        <p class="quiet">{t('dispatch.link.what')}</p>
        <fieldset class="choices">
          <legend>{t('dispatch.link.near')}</legend>
          {near.map(({ sighting: other, metres, apart }) => (
            <label key={other.id} class="choice unit">
              <input type="radio" name="to" value={other.id} checked={taken === other.id} onChange={() => setTaken(other.id)} />
              <span>
                <b>{placeOf(desk, other)}</b>
                <br />
                {distance(metres)} · {t('dispatch.link.apart', { span: span(apart) })} · {tOf('status', other.status)}
                {other.appearance && ` · ${other.appearance}`} · {spaced(other.code)}
              </span>
            </label>
          ))}
          {near.length === 0 && <p class="quiet">{t('dispatch.link.none')}</p>}
        </fieldset>
        <label>
          {t('dispatch.link.code')}
          <input name="code" autocomplete="off" maxLength={12} />
        </label>
      </TaskForm>
    </>
  );
}

function Unlink({ desk, sighting, together }: TaskProps & { together: readonly Sighting[] }) {
  const [why, setWhy] = useState('');
  const unlink = async (other: Sighting) => {
    const sent = await desk.send(sighting, 'unlink', { to: other.id });
    if (sent.is === 'failed') setWhy(sent.why);
    else if (sent.is === 'conflict') desk.clash.value = { name: 'unlink', before: sighting, current: sent.current, problem: sent.problem };
  };
  return (
    <section class="task">
      <h3>{t('dispatch.link.case')}</h3>
      {together.map((other) => (
        <p key={other.id}>
          {placeOf(desk, other)} · {tOf('status', other.status)}{' '}
          <button type="button" class="slim" onClick={() => void unlink(other)}>
            {t('dispatch.do.unlink')}
          </button>
        </p>
      ))}
      {why && (
        <p class="wrong" role="alert">
          {why}
        </p>
      )}
    </section>
  );
}

export function CommentForm({ desk, sighting }: TaskProps) {
  return (
    <TaskForm desk={desk} sighting={sighting} name="comment" title={t('dispatch.do.comment')} submit={t('dispatch.comment.submit')}
      body={(form) => {
        const text = textOf(form, 'text');
        return text ? { text } : t('dispatch.comment.empty');
      }}
    >
      <label>
        {t('dispatch.comment.text')}
        <textarea
          name="text"
          rows={3}
          required
          maxLength={2000}
          onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.currentTarget.form?.requestSubmit()}
        />
      </label>
      <p class="quiet">{t('dispatch.comment.who')}</p>
    </TaskForm>
  );
}

export function ResolveForm({ desk, sighting }: TaskProps) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  return (
    <TaskForm
      desk={desk}
      sighting={sighting}
      name="resolve"
      title={t('dispatch.do.resolve')}
      submit={t('dispatch.resolve.submit')}
      body={(form) => {
        if (!outcome) return t('dispatch.resolve.choose');
        const agency = textOf(form, 'agency');
        if (outcome === 'referred' && !agency) return t('dispatch.refer.whom');
        return { outcome, people: peopleOf(form), note: textOf(form, 'note'), ...(outcome === 'referred' && { agency }) };
      }}
    >
      <Choices name="outcome" legend={t('dispatch.resolve.outcome')} values={dispatcherOutcomes} label={(one) => tOf('outcome', one)} onChange={(one) => setOutcome(one)} />
      {outcome === 'duplicate' && !sighting.case && <p class="quiet">{t('dispatch.resolve.link_first')}</p>}
      {outcome === 'referred' && <Choices name="agency" legend={t('dispatch.refer.agency')} values={agencies} label={(one) => tOf('agency', one)} />}
      <People initial={sighting.people ?? 1} />
      <label>
        {t('dispatch.field.note')}
        <input name="note" maxLength={2000} />
      </label>
    </TaskForm>
  );
}

/// Only what was changed is sent: what triage has set stays set.
export function TriageForm({ desk, sighting }: TaskProps) {
  const at = useRef(sighting).current;
  return (
    <TaskForm
      desk={desk}
      sighting={sighting}
      name="triage"
      title={t('dispatch.do.triage')}
      submit={t('action.save')}
      body={(form) => {
        const marked = form.getAll('traits').map(String) as Trait[];
        const told = {
          category: textOf(form, 'category'),
          urgency: textOf(form, 'urgency'),
          people: peopleOf(form),
          traits: traits.filter((one) => marked.includes(one)),
          protect: form.get('protect') !== null,
          jurisdiction: textOf(form, 'jurisdiction') ?? at.jurisdiction,
        };
        const was = { ...at, people: at.people ?? 1, traits: traits.filter((one) => at.traits.includes(one)) };
        const changed = Object.entries(told).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name as keyof typeof told]));
        return changed.length ? Object.fromEntries(changed) : t('dispatch.nothing_changed');
      }}
    >
      <label>
        {t('dispatch.field.category')}
        <select name="category" defaultValue={at.category}>
          {categories.map((one) => (
            <option key={one} value={one} selected={one === at.category}>
              {tOf('category', one)}
            </option>
          ))}
        </select>
      </label>
      <Choices name="urgency" legend={t('dispatch.field.urgency')} values={urgencies} label={(one) => tOf('urgency', one)} checked={[at.urgency]} />
      <People initial={at.people ?? 1} />
      <Choices name="traits" type="checkbox" legend={t('dispatch.field.traits')} values={traits} label={(one) => tOf('trait', one)} checked={at.traits} />
      <label class="choice">
        <input type="checkbox" name="protect" defaultChecked={at.protect} />
        <span>{t('dispatch.protect')}</span>
      </label>
      {mayHandOver(at) && (
        <label>
          {t('dispatch.hand_over')}
          <select name="jurisdiction">
            {handOverChoices(desk, at).map((code) => (
              <option key={code} value={code} selected={code === at.jurisdiction}>
                {jurisdictionName(desk, code)}
              </option>
            ))}
          </select>
        </label>
      )}
    </TaskForm>
  );
}

/// Districts, and the streets of its own district: communities are reached from there.
function handOverChoices(desk: Desk, sighting: Sighting): string[] {
  const tree = desk.tree.value;
  const district = tree.path(sighting.jurisdiction)[0]?.code;
  const codes = [...tree.nodes.values()].filter((node) => node.level <= 1 || (node.level === 2 && node.parent === district)).map(({ code }) => code);
  return [...new Set([sighting.jurisdiction, ...codes.sort()])];
}

export function AmendForm({ desk, sighting }: TaskProps) {
  const at = useRef(sighting).current;
  const pin = desk.pin.value;
  useEffect(() => {
    desk.pin.value = { lat: at.position.lat, lon: at.position.lon };
    desk.pinning.value = true;
    return () => {
      desk.pin.value = null;
      desk.pinning.value = false;
    };
  }, []);
  const moved = pin && (pin.lat !== at.position.lat || pin.lon !== at.position.lon);
  return (
    <TaskForm
      desk={desk}
      sighting={sighting}
      name="amend"
      title={t('dispatch.do.amend')}
      submit={t('action.save')}
      body={(form) => {
        const told = { place: textOf(form, 'place') ?? null, appearance: textOf(form, 'appearance') ?? null, staying: textOf(form, 'staying') ?? null, note: textOf(form, 'note') ?? null };
        const changed: [string, unknown][] = Object.entries(told).filter(([name, value]) => value !== null && value !== (at[name as keyof typeof told] ?? null));
        if (moved) changed.push(['position', { lat: pin.lat, lon: pin.lon, source: 'manual' }]);
        return changed.length ? Object.fromEntries(changed) : t('dispatch.nothing_changed');
      }}
    >
      <label>
        {t('dispatch.field.place')}
        <input name="place" maxLength={200} defaultValue={at.place ?? ''} />
      </label>
      <label>
        {t('dispatch.field.appearance')}
        <input name="appearance" maxLength={200} defaultValue={at.appearance ?? ''} />
      </label>
      <Choices name="staying" legend={t('dispatch.field.staying')} values={stayings} label={(one) => tOf('staying', one)} checked={at.staying ? [at.staying] : []} />
      <label>
        {t('dispatch.field.note')}
        <textarea name="note" rows={3} maxLength={2000} defaultValue={at.note ?? ''} />
      </label>
      <p class={moved ? '' : 'quiet'}>{moved ? t('dispatch.pin.moved') : t('dispatch.pin.how_to_move')}</p>
    </TaskForm>
  );
}

export function ReopenForm({ desk, sighting }: TaskProps) {
  return (
    <TaskForm desk={desk} sighting={sighting} name="reopen" title={t('dispatch.do.reopen')} submit={t('dispatch.do.reopen')}
      body={(form) => {
        const reason = textOf(form, 'reason');
        return reason ? { reason } : t('dispatch.say_why');
      }}
    >
      <label>
        {t('dispatch.reason')}
        <input name="reason" required maxLength={2000} />
      </label>
    </TaskForm>
  );
}

/// Who reported is shown on request alone, and that somebody asked is recorded.
export function ReporterForm({ desk, sighting }: TaskProps) {
  const form = useFirstField<HTMLFormElement>();
  const [told, setTold] = useState('');
  const [why, setWhy] = useState('');
  const ask = async (event: Event) => {
    event.preventDefault();
    const reason = textOf(new FormData(form.current!), 'reason');
    if (!reason) return setWhy(t('dispatch.say_why'));
    try {
      const reporter = await desk.api.get<{ display_name: string | null; kind: string | null }>(`/v1/sightings/${sighting.id}/reporter?reason=${encodeURIComponent(reason)}`);
      setTold([reporter.display_name || t('dispatch.reporter.nameless'), reporter.kind ? tOf('kind', reporter.kind) : ''].filter(Boolean).join(' · '));
      setWhy('');
    } catch (error) {
      setWhy(error instanceof Refusal && error.status === 404 ? t('dispatch.reporter.nobody') : explain(error));
    }
  };
  return (
    <form class="task" ref={form} onSubmit={ask} aria-label={t('dispatch.do.reporter')}>
      <h3>{t('dispatch.do.reporter')}</h3>
      <p class="quiet">{t('dispatch.reporter.recorded')}</p>
      <label>
        {t('dispatch.reason')}
        <input name="reason" required maxLength={200} />
      </label>
      {told && <p role="status"><b>{told}</b></p>}
      {why && <p class="wrong" role="alert">{why}</p>}
      <div class="buttons">
        <button class="primary">{t('dispatch.reporter.show')}</button>
        <button type="button" onClick={() => (desk.task.value = null)}>
          {t('action.close')} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

/// Asks the server for what the page may not hold, and takes in what comes.
export async function search(desk: Desk, text: string): Promise<void> {
  try {
    const code = asCode(text);
    const q = code.length === 8 ? code : text.trim();
    const { items } = await desk.api.get<Items<Sighting>>(`/v1/sightings?limit=100&q=${encodeURIComponent(q)}`);
    for (const one of items) desk.take(one);
  } catch (error) {
    if (!(error instanceof Unreachable) && !(error instanceof Refusal)) throw error;
  }
}
