// What was offered, and what the person chose. Refusing is as easy as accepting; a pickup needs each person's own yes.
import { useEffect, useState } from 'preact/hooks';
import type { Agency, Offer, Outcome, Sighting, Station } from '../shared/contract';
import { t, tOf } from '../shared/i18n';
import { Chips, Counter } from './chips';
import { act, PhoneFull } from './outbox';
import { back } from './screens';
import { sendSoon, type Here } from './store';

type Chosen = Extract<Outcome, 'picked_up' | 'helped_on_site' | 'declined' | 'advised' | 'unable_to_consent' | 'not_found' | 'already_gone'>;
/// In the order in which one of them stands for the group.
const choices: Chosen[] = ['picked_up', 'declined', 'helped_on_site', 'advised', 'unable_to_consent', 'not_found', 'already_gone'];
const offers: Offer[] = ['shelter', 'food', 'hot_drink', 'blanket', 'clothes', 'medical', 'ticket_home', 'card'];
const gifts = offers.filter((one) => one !== 'shelter');
const needsOffer = new Set<Chosen>(['declined', 'advised', 'unable_to_consent']);
/// Nobody of a group is merely advised where one of them is frail.
const frail = new Set(['minor', 'elderly', 'disabled', 'ill', 'pregnant', 'with_children']);
const hows = ['verbal', 'gesture', 'written'] as const;
type By = 'person' | 'guardian' | 'police' | 'hospital';

export function Resolve({ state, id }: { state: Here; id: string }) {
  const sighting = state.sightings.find((kept) => kept.id === id)?.sighting as Sighting | undefined;
  const [counts, setCounts] = useState<Partial<Record<Chosen, number>>>({});
  const [offered, setOffered] = useState<Offer[]>([]);
  const [given, setGiven] = useState<Offer[]>([]);
  const [how, setHow] = useState<(typeof hows)[number]>('verbal');
  const [by, setBy] = useState<By>('person');
  const [reference, setReference] = useState('');
  const [agency, setAgency] = useState<Agency>('hospital');
  const [station, setStation] = useState('');
  const [revisit, setRevisit] = useState(0);
  const [note, setNote] = useState('');
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => setStation(sighting?.assignment?.station ?? ''), [sighting?.assignment?.station]);
  if (!sighting) return <p>{t('team.gone')}</p>;

  const group = sighting.people ?? 1;
  const minor = sighting.category === 'minor_at_risk' || sighting.traits.includes('minor');
  const possible = choices.filter((one) => one !== 'advised' || !sighting.traits.some((trait) => frail.has(trait)));
  const chosen = possible.filter((one) => counts[one]);
  const choose = (one: Chosen) => setCounts(group === 1 ? { [one]: 1 } : { ...counts, [one]: counts[one] ? 0 : Math.max(1, group - total(counts)) });

  const missing = (): string => {
    const main = chosen[0];
    if (!main) return t('resolve.choose');
    if (chosen.some((one) => needsOffer.has(one)) && !offered.length) return t('resolve.offer_needed');
    if (main === 'picked_up' && !station) return t('resolve.no_station');
    if (main === 'picked_up' && (by === 'police' || by === 'hospital') && !reference.trim()) return t('resolve.reference_needed');
    return '';
  };

  const submit = async () => {
    const fault = missing();
    setWrong(fault);
    if (fault || busy) return;
    setBusy(true);
    const [main, ...others] = chosen as [Chosen, ...Chosen[]];
    const people = counts[main]!;
    const official = by === 'police' || by === 'hospital';
    const consent = { given: true, by, how, ...(official && { cannot_decide: true, reference: reference.trim() }) };
    const body = {
      outcome: main,
      people,
      ...(offered.length && { offered }),
      ...(given.length && { given }),
      ...(note.trim() && { note: note.trim() }),
      ...(main === 'picked_up' && station !== sighting.assignment?.station && { station }),
      ...(main === 'declined' && revisit > 0 && { revisit_at: new Date(Date.now() + revisit * 3600_000).toISOString() }),
      ...(main === 'picked_up' && { consent: people === 1 ? consent : Array.from({ length: people }, () => consent) }),
      ...(others.length && { rest: others.map((outcome) => ({ outcome, people: counts[outcome]!, ...(offered.length && { offered }) })) }),
      ...(chosen.includes('unable_to_consent') ? { agency } : main === 'picked_up' && official && { agency: by }),
    };
    try {
      await act(state.person!.id, id, 'resolve', body);
      sendSoon();
      back();
    } catch (error) {
      setBusy(false);
      if (!(error instanceof PhoneFull)) throw error;
      setWrong(t('full.text'));
    }
  };

  return (
    <>
      <section class="card say">
        <h2>{t('resolve.say')}</h2>
        <blockquote>{t('resolve.words')}</blockquote>
      </section>
      <Chips title={t('resolve.offered')} of={offers} chosen={offered} label={(one) => tOf('offer', one)} onChange={setOffered} />
      <section class="answers" aria-label={t('resolve.answer')}>
        <h2>{group > 1 ? t('resolve.answers', { n: group }) : t('resolve.answer')}</h2>
        {possible.map((one) => (
          <div key={one}>
            <button type="button" class="answer" aria-pressed={Boolean(counts[one])} onClick={() => choose(one)}>
              {tOf('answer', one)}
            </button>
            {group > 1 && Boolean(counts[one]) && <Counter title={t('resolve.how_many')} value={counts[one]!} onChange={(n) => setCounts({ ...counts, [one]: n })} />}
          </div>
        ))}
      </section>
      {chosen.includes('picked_up') && (
        <section class="card" aria-label={t('resolve.consent')}>
          <Chips title={t('resolve.how')} of={hows} chosen={[how]} single label={(one) => tOf('how', one)} onChange={([one]) => one && setHow(one)} />
          <label>
            {t('resolve.by')}
            <select value={by} onChange={(event) => setBy(event.currentTarget.value as By)}>
              <option value="person">{t('by.person')}</option>
              {minor && <option value="guardian">{t('by.guardian')}</option>}
              <option value="hospital">{t('by.hospital')}</option>
              <option value="police">{t('by.police')}</option>
            </select>
          </label>
          <label>
            {t('resolve.station')}
            <select value={station} onChange={(event) => setStation(event.currentTarget.value)}>
              {!station && <option value="">{t('resolve.station_choose')}</option>}
              {stationsFor(state, sighting).map(({ id: one, name, free }) => (
                <option key={one} value={one}>
                  {name}
                  {free != null && ` · ${t('resolve.free', { n: free })}`}
                </option>
              ))}
            </select>
          </label>
          {(by === 'police' || by === 'hospital') && (
            <label>
              {t('resolve.reference')}
              <input value={reference} maxLength={200} onInput={(event) => setReference(event.currentTarget.value)} />
            </label>
          )}
        </section>
      )}
      {chosen[0] === 'declined' && (
        <Chips
          title={t('resolve.revisit')}
          of={revisits}
          chosen={[String(revisit) as (typeof revisits)[number]]}
          single
          label={(one) => (one === '0' ? t('resolve.revisit_no') : t('resolve.revisit_in', { n: Number(one) }))}
          onChange={([one]) => setRevisit(Number(one ?? 0))}
        />
      )}
      {chosen.includes('unable_to_consent') && (
        <label>
          {t('resolve.agency')}
          <select value={agency} onChange={(event) => setAgency(event.currentTarget.value as Agency)}>
            <option value="hospital">{tOf('agency', 'hospital')}</option>
            <option value="police">{tOf('agency', 'police')}</option>
          </select>
        </label>
      )}
      {chosen.some((one) => one === 'picked_up' || one === 'helped_on_site' || one === 'declined') && (
        <Chips title={t('resolve.given')} of={gifts} chosen={given} label={(one) => tOf('offer', one)} onChange={setGiven} />
      )}
      <label>
        {t('report.note')}
        <textarea rows={2} maxLength={2000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </label>
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <div class="bottom">
        <button type="button" class="primary big" disabled={busy} onClick={submit}>
          {t('resolve.done')}
        </button>
      </div>
    </>
  );
}

/// Hours until somebody comes again, where they were asked to.
const revisits = ['0', '4', '12', '24'] as const;

/// The one that is assigned may not be known here yet.
function stationsFor({ stations }: Here, { assignment }: Sighting): Pick<Station, 'id' | 'name' | 'free'>[] {
  const assigned = assignment?.station;
  return assigned && !stations.some(({ id }) => id === assigned) ? [{ id: assigned, name: t('resolve.assigned_station') }, ...stations] : stations;
}

const total = (counts: Partial<Record<Chosen, number>>) => Object.values(counts).reduce((sum, n) => sum + (n ?? 0), 0);
