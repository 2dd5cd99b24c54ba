// One report: what became of it, and, by chips, what helps to find the person.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Report, Spoke, Staying, Trait } from '../shared/contract';
import { t, tOf } from '../shared/i18n';
import { useNow } from '../shared/now';
import { clock } from '../shared/time';
import { Calls, isEmergency, Unseen } from './calls';
import { Camera } from './camera';
import { Chip, Chips, Counter } from './chips';
import { CategoryIcon } from './icons';
import { addEvidence, amend, giveUp, PhoneFull, tryAgain, withdraw, type Evidence } from './outbox';
import { back } from './screens';
import { snapshotOf, tell } from './states';
import { reach, sendSoon, type Here } from './store';
import { Thumb } from './thumb';
import { Voice } from './voice';

const traits: Trait[] = ['elderly', 'minor', 'ill', 'injured', 'disabled', 'mental_distress', 'pregnant', 'with_children'];
const stays: Staying[] = ['now', 'overnight', 'moving'];
const spokes: Spoke[] = ['told', 'card', 'wants_help'];
/// Nobody looked at it for so long: then a call is better.
const unseenAfter = 120_000;

/// A text that is kept while it is typed, and sent when the typing rests.
function Text({ label, value, most, area, onChange }: { label: string; value: string; most: number; area?: boolean; onChange(text: string): void }) {
  const [text, setText] = useState(value);
  const field = useRef({ timer: 0, latest: value, saved: value, onChange });
  const kept = field.current;
  kept.onChange = onChange;
  const flush = () => {
    clearTimeout(kept.timer);
    if (kept.latest === kept.saved) return;
    kept.saved = kept.latest;
    kept.onChange(kept.latest);
  };
  const type = (event: Event) => {
    kept.latest = (event.currentTarget as HTMLInputElement).value;
    setText(kept.latest);
    clearTimeout(kept.timer);
    kept.timer = self.setTimeout(flush, 1000);
  };
  useEffect(() => {
    const leave = () => document.hidden && flush();
    document.addEventListener('visibilitychange', leave);
    return () => {
      document.removeEventListener('visibilitychange', leave);
      flush();
    };
  }, []);
  const shared = { value: text, maxLength: most, onInput: type, onBlur: flush };
  return (
    <label>
      {label}
      {area ? <textarea rows={3} {...shared} /> : <input {...shared} />}
    </label>
  );
}

export function ReportScreen({ state, id, fresh, lost }: { state: Here; id: string; fresh?: boolean | undefined; lost?: boolean | undefined }) {
  const now = useNow(1000);
  const [wrong, setWrong] = useState(lost ? t('full.pictures') : '');
  const local = state.reports.find((one) => one.id === id);
  const snapshot = snapshotOf(state, id);
  const report = local?.report ?? snapshot;
  if (!report) return <p>{t('report.nothing')}</p>;
  const category = report.category ?? 'needs_help';
  const told = tell(state, id, local, reach.value);
  const received = local?.receivedAt !== undefined || snapshot !== undefined;
  const open = !snapshot || snapshot.status === 'received' || snapshot.status === 'on_the_way';
  const emergency = isEmergency(category, local?.report.urgency);
  const unseen = emergency && !received && local && now - local.createdAt > unseenAfter;

  const guard = async (work: Promise<unknown>) => {
    try {
      await work;
      setWrong('');
      sendSoon();
    } catch (error) {
      if (!(error instanceof PhoneFull)) throw error;
      setWrong(t('full.text'));
    }
  };
  const add = (more: Partial<Report>) => void guard(amend(id, more));
  const evidence = (one: Evidence) => void guard(addEvidence(state.person!.id, id, one, ''));

  return (
    <>
      <section class={`card outcome ${told.tone}`}>
        <h2 class="titled">
          <CategoryIcon of={category} /> {tOf('category', category)}
        </h2>
        <p role="status" class="told">
          {fresh && !received && <strong>{t('report.kept')} </strong>}
          {told.text}
        </p>
        {told.refused && (
          <div class="row">
            <button type="button" class="primary" onClick={() => guard(tryAgain(id))}>
              {t('action.again')}
            </button>
            <button type="button" onClick={() => giveUp(id).then(back)}>
              {t('report.give_up')}
            </button>
          </div>
        )}
        {snapshot && (
          <p class="quiet">
            {t('report.code')} <strong class="code">{snapshot.code}</strong>
            {local?.receipt && !local.differs?.length && <> · ✓ {t('report.receipt')}</>}
          </p>
        )}
        {snapshot?.timeline && snapshot.timeline.length > 0 && (
          <ol class="timeline">
            {snapshot.timeline.map(({ status, at }) => (
              <li key={at + status}>
                {clock(at, now)} {tOf('coarse', status)}
              </li>
            ))}
          </ol>
        )}
      </section>
      {unseen && <Unseen id={id} category={category} position={report.position} place={report.place ?? undefined} />}
      {emergency && open && <Calls category={category} position={report.position} />}
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {local && open && <Details local={local.report} add={add} />}
      {local && open && (
        <section aria-label={t('report.evidence')}>
          <h2>{t('report.evidence')}</h2>
          <div class="row">
            {state.pictures
              .filter(({ sighting }) => sighting === id)
              .map(({ id: picture, blob }) => (
                <Thumb key={picture} blob={blob} />
              ))}
          </div>
          <Camera onTaken={evidence} />
          <Voice onTaken={evidence} />
        </section>
      )}
      {local && snapshot?.status === 'received' && <Withdraw onWithdraw={(reason) => void guard(withdraw(state.person!.id, id, reason))} />}
    </>
  );
}

function Details({ local, add }: { local: Partial<Report>; add(more: Partial<Report>): void }) {
  return (
    <section aria-label={t('report.helps')}>
      <h2>{t('report.helps')}</h2>
      <Chips title={t('report.spoke')} of={spokes} chosen={local.spoke ?? []} label={(one) => tOf('spoke', one)} onChange={(spoke) => add({ spoke })} />
      <Chips title={t('report.staying')} of={stays} chosen={local.staying ? [local.staying] : []} single label={(one) => tOf('staying', one)} onChange={([staying]) => staying && add({ staying })} />
      <Counter title={t('report.people')} value={local.people ?? 1} onChange={(people) => add({ people })} />
      <Chips title={t('report.traits')} of={traits} chosen={local.traits ?? []} label={(one) => tOf('trait', one)} onChange={(chosen) => add({ traits: chosen })} />
      <Text label={t('report.place')} value={local.place ?? ''} most={200} onChange={(place) => add({ place })} />
      <Text label={t('report.appearance')} value={local.appearance ?? ''} most={200} onChange={(appearance) => add({ appearance })} />
      <Text label={t('report.note')} value={local.note ?? ''} most={2000} area onChange={(note) => add({ note })} />
    </section>
  );
}

function Withdraw({ onWithdraw }: { onWithdraw(reason: string): void }) {
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <button type="button" class="small" onClick={() => setAsking(true)}>
        {t('withdraw.button')}
      </button>
    );
  return (
    <section class="chips" aria-label={t('withdraw.button')}>
      <h3>{t('withdraw.why')}</h3>
      <div>
        {(['withdraw.mistake', 'withdraw.left', 'withdraw.helped'] as const).map((key) => (
          <Chip key={key} on={false} onPress={() => onWithdraw(t(key))}>
            {t(key)}
          </Chip>
        ))}
      </div>
    </section>
  );
}
