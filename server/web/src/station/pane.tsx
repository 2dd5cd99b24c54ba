// One sighting in full: who brings them, what may be done now, who was registered.
import { useEffect, useState } from 'preact/hooks';
import type { Sighting } from '../shared/contract';
import { t, tOf, type Key } from '../shared/i18n';
import { useDoing } from '../shared/doing';
import { clock } from '../shared/time';
import { uuid } from '../shared/uuid';
import { Wrong } from '../shared/wrong';
import { ConfirmDialog, ReasonDialog } from './confirm';
import { Expected } from './desk';
import { draftsOf } from './drafts';
import { facts } from './facts';
import { isMessage, messagesOf, toldText } from './messages';
import type { Model } from './model';
import { Notice } from './notice';
import { PersonForm, type Fields } from './person_form';
import { Photos } from './photos';
import { isUnknown } from './records';
import { ageText } from './words';

interface PaneProps {
  model: Model;
  sighting: Sighting;
  onMoved(sighting: Sighting): void;
}

export function Pane({ model, sighting, onMoved }: PaneProps) {
  const { id, status } = sighting;
  const [asked, setAsked] = useState<'confirm' | 'not_arrived' | 'changed_mind' | null>(null);
  const [person, setPerson] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const doing = useDoing();
  useEffect(() => {
    void doing.run(() => Promise.all([model.readTimeline(id), model.readRegistered(id)]));
  }, [id]);

  const team = model.station.value?.bringing.find((one) => one.id === sighting.assignment?.team);
  const close = () => setAsked(null);
  const moved = (voluntary?: string) => {
    close();
    setSaid(t(voluntary ? (`station.said.${voluntary}` as Key) : 'station.said.ended'));
    const now = model.sightings.value.get(id);
    if (now) onMoved(now);
  };

  if (person) return <PersonForm model={model} sighting={sighting} person={person} onClose={() => setPerson(null)} />;
  return (
    <div class="unprinted">
      <header class="row">
        <h2>{t('station.sighting', { code: sighting.code })}</h2>
        <span class={`state ${status}`}>{t(`station.state.${status}` as Key)}</span>
        <span class="grow" />
        <Expected model={model} sighting={sighting} />
      </header>
      {said && (
        <p class="said" role="status">
          {said}
        </p>
      )}
      <Wrong text={doing.wrong} />
      <dl class="facts">
        <Fact name="station.fact.people" value={facts(sighting)} />
        <Fact name="station.fact.place" value={sighting.place} />
        <Fact name="station.fact.appearance" value={sighting.appearance} />
        <Fact name="station.fact.note" value={sighting.note} />
        <Fact name="station.fact.district" value={model.names.value.get(sighting.jurisdiction) ?? sighting.jurisdiction} />
        {team && (
          <div>
            <dt>{t('station.fact.team')}</dt>
            <dd>
              {team.name} {team.phone ? <a href={`tel:${team.phone}`}>{team.phone}</a> : <span class="quiet">{t('station.team.no_phone')}</span>}
            </dd>
          </div>
        )}
        {sighting.referrals.map(({ agency, reason, reference }) => (
          <Fact key={agency} name="station.fact.referral" value={[tOf('agency', agency), reason, reference].filter(Boolean).join(' · ')} />
        ))}
      </dl>

      {status === 'picked_up' && (
        <div class="actions">
          <button type="button" class="primary large" onClick={() => setAsked('confirm')}>
            {t('station.arrived')}
          </button>
          <button type="button" onClick={() => setAsked('changed_mind')}>
            {t('station.changed_mind')}
          </button>
          <button type="button" onClick={() => setAsked('not_arrived')}>
            {t('station.not_arrived')}
          </button>
        </div>
      )}
      {(status === 'picked_up' || status === 'confirmed') && <People model={model} sighting={sighting} onOpen={setPerson} />}
      <Photos sighting={sighting} />
      <Messages model={model} sighting={sighting} />
      <Timeline model={model} sighting={sighting} />

      {asked === 'confirm' && <ConfirmDialog model={model} sighting={sighting} onClose={close} onDone={moved} />}
      {(asked === 'not_arrived' || asked === 'changed_mind') && (
        <ReasonDialog model={model} sighting={sighting} name={asked} onClose={close} onDone={() => moved()} />
      )}
    </div>
  );
}

function Fact({ name, value }: { name: Key; value: string | null }) {
  if (!value) return null;
  return (
    <div>
      <dt>{t(name)}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/// Who was registered, forms begun, and a new one.
function People({ model, sighting, onOpen }: { model: Model; sighting: Sighting; onOpen(person: string): void }) {
  const registered = model.registered.value.get(sighting.id);
  const people = registered?.items ?? [];
  const known = new Set(people.map(({ id }) => id));
  const drafts = draftsOf<Fields>(model.me.id, sighting.id);
  const begun = new Set(drafts.map((draft) => draft.person));
  return (
    <section>
      <h3>{t('station.registered', { done: people.length, all: Math.max(sighting.people ?? 1, people.length) })}</h3>
      <ul class="people">
        {people.map((person) => (
          <li key={person.id}>
            <div class="row">
              <b>{person.name || person.label || t('station.unnamed')}</b>
              {person.name ? null : <span class="mark">{t('station.label.mark')}</span>}
              <span>{[tOf('station.sex', person.sex ?? ''), ageText(person.age)].filter(Boolean).join(t('list.comma'))}</span>
              {begun.has(person.id) && <span class="mark">{t('station.draft.mark')}</span>}
              <span class="grow" />
              <button type="button" onClick={() => onOpen(person.id)}>
                {t('station.form.open')}
              </button>
            </div>
            {isUnknown(person) && registered?.confirmed_at && (
              <Notice model={model} sighting={sighting} person={person} arrivedAt={registered.confirmed_at} />
            )}
          </li>
        ))}
        {drafts
          .filter(({ person }) => !known.has(person))
          .map(({ person, at, fields }) => (
            <li key={person} class="row">
              <b>{fields.name || fields.label || t('station.unnamed')}</b>
              <span class="mark">{t('station.draft.of', { at: clock(at) })}</span>
              <span class="grow" />
              <button type="button" onClick={() => onOpen(person)}>
                {t('station.draft.continue')}
              </button>
            </li>
          ))}
      </ul>
      <button type="button" class={people.length + drafts.length || sighting.status !== 'confirmed' ? '' : 'primary'} onClick={() => onOpen(uuid())}>
        {t(people.length + drafts.length ? 'station.register.another' : 'station.register')}
      </button>
      <p class="quiet small">{t('station.register.how')}</p>
    </section>
  );
}

/// What was asked for somebody here, to be put to them.
function Messages({ model, sighting }: { model: Model; sighting: Sighting }) {
  const doing = useDoing();
  const messages = messagesOf(model.timelines.value.get(sighting.id) ?? []);
  if (!messages.length) return null;
  return (
    <section class="messages">
      <h3>{t('station.messages')}</h3>
      <ul>
        {messages.map(({ version, at, text, toldAt }) => (
          <li key={version} class="row">
            <span class="quiet">{clock(at)}</span>
            <span class="grow">{text}</span>
            {toldAt ? (
              <span class="quiet">{t('station.messages.told', { at: clock(toldAt) })}</span>
            ) : (
              <button type="button" disabled={doing.busy} onClick={() => doing.run(() => model.does(sighting.id, 'comment', { text: toldText(version) }))}>
                {t('station.messages.tell')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Wrong text={doing.wrong} />
    </section>
  );
}

function Timeline({ model, sighting }: { model: Model; sighting: Sighting }) {
  const timeline = (model.timelines.value.get(sighting.id) ?? []).filter((entry) => !isMessage(entry));
  if (!timeline.length) return null;
  return (
    <details>
      <summary>{t('station.timeline')}</summary>
      <ol class="timeline">
        {timeline.map(({ version, at, name, by_role, text, reason }) => (
          <li key={version}>
            <span class="quiet">{clock(at)}</span> {tOf('station.entry', name)} <span class="quiet">{tOf('role', by_role)}</span>
            {(text || reason) && <q>{text || reason}</q>}
          </li>
        ))}
      </ol>
    </details>
  );
}
