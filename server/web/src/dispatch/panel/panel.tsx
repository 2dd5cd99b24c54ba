// One sighting: what it is, what can be done now, and what happened.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal, Unreachable } from '../../shared/api';
import type { CommandName, Sighting, TimelineEntry } from '../../shared/contract';
import { t, tOf } from '../../shared/i18n';
import type { Desk, Task } from '../desk';
import { possible } from '../model/commands';
import { rowOf } from '../model/pressing';
import { claimText, lateArrival, placeOf, spaced, waitText } from '../say';
import { StatusShape } from '../shapes';
import { AssignForm } from './assign';
import { Changed } from './changed';
import { Facts, Timeline } from './facts';
import { AmendForm, CommentForm, LinkForm, ReferForm, ReopenForm, ReporterForm, ResolveForm, TriageForm } from './tasks';
import './panel.css';

/// What each key does to the sighting in the panel.
export const actions: readonly { name: CommandName; key: string; task: Task | null }[] = [
  { name: 'claim', key: 'c', task: null },
  { name: 'release', key: 'c', task: null },
  { name: 'assign', key: 'a', task: 'assign' },
  { name: 'refer', key: 'r', task: 'refer' },
  { name: 'link', key: 'l', task: 'link' },
  { name: 'comment', key: 'm', task: 'comment' },
  { name: 'triage', key: 'e', task: 'triage' },
  { name: 'amend', key: 'd', task: 'amend' },
  { name: 'resolve', key: 'o', task: 'resolve' },
  { name: 'reopen', key: 'o', task: 'reopen' },
];

/// Those of them that can be done now, one for each key.
export function actionsNow(desk: Desk, sighting: Sighting) {
  const may = possible(sighting, desk.me, desk.now.value);
  return actions.filter(({ name }) => may.has(name) && !(name === 'claim' && may.has('release')));
}

/// Opens a form, or gives the command where none is needed.
export async function act(desk: Desk, sighting: Sighting, name: CommandName, task: Task | null): Promise<void> {
  if (task) {
    desk.task.value = task;
    return;
  }
  const sent = await desk.send(sighting, name, {});
  if (sent.is === 'conflict') desk.clash.value = { name, before: sighting, current: sent.current, problem: sent.problem };
  else desk.said.value = sent.is === 'failed' ? sent.why : t('dispatch.done', { what: t(`dispatch.do.${name}` as 'dispatch.do.claim') });
}

function TaskView({ desk, sighting }: { desk: Desk; sighting: Sighting }) {
  const props = { desk, sighting };
  switch (desk.task.value) {
    case 'assign':
      return <AssignForm {...props} />;
    case 'refer':
      return <ReferForm {...props} />;
    case 'link':
      return <LinkForm {...props} />;
    case 'comment':
      return <CommentForm {...props} />;
    case 'resolve':
      return <ResolveForm {...props} />;
    case 'triage':
      return <TriageForm {...props} />;
    case 'amend':
      return <AmendForm {...props} />;
    case 'reopen':
      return <ReopenForm {...props} />;
    case 'reporter':
      return <ReporterForm {...props} />;
    default:
      return null;
  }
}

/// The timeline, asked for anew at each version.
function useTimeline(desk: Desk, id: string, version: number): readonly TimelineEntry[] {
  const [entries, setEntries] = useState<{ id: string; all: readonly TimelineEntry[] }>({ id, all: [] });
  useEffect(() => {
    const gate = new AbortController();
    desk.api.get<Sighting>(`/v1/sightings/${id}`, { signal: gate.signal }).then(
      ({ timeline }) => !gate.signal.aborted && setEntries({ id, all: timeline ?? [] }),
      (error) => {
        if (!(error instanceof Unreachable) && !(error instanceof Refusal)) throw error;
      },
    );
    return () => gate.abort();
  }, [id, version, desk.feed.value.is]);
  return entries.id === id ? entries.all : [];
}

export function Panel({ desk, sighting }: { desk: Desk; sighting: Sighting }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const item = desk.state.value.items.get(sighting.id);
  const row = item && rowOf(item, desk.now.value);
  const timeline = useTimeline(desk, sighting.id, sighting.version);
  const claim = claimText(desk, sighting);
  const late = lateArrival(sighting, desk.now.value);
  const clash = desk.clash.value?.before.id === sighting.id ? desk.clash.value : null;
  const people = sighting.people ?? 1;
  return (
    <article class="panel-body" aria-labelledby="sighting-title" key={sighting.id}>
      <header>
        <div class="panel-head">
          <StatusShape status={sighting.status} urgency={sighting.urgency} overdue={row?.overdue ?? false} />
          <div>
            <h2 id="sighting-title" ref={heading} tabIndex={-1}>
              {tOf('category', sighting.category)}
              {people > 1 && ` ×${people}`}
              {sighting.urgency !== 'normal' && <span class={`badge ${sighting.urgency}`}>{tOf('urgency', sighting.urgency)}</span>}
            </h2>
            <p>
              {tOf('status', sighting.status)}
              {sighting.outcome && ` · ${tOf('outcome', sighting.outcome)}`}
              {row && waitText(desk, row) && <span class={row.overdue ? 'wait late' : 'wait'}> · {waitText(desk, row)}</span>}
            </p>
          </div>
          <p class="code large" aria-label={t('dispatch.code', { code: [...sighting.code].join(' ') })}>
            {spaced(sighting.code)}
          </p>
        </div>
        {late && <p class="notice">{late}</p>}
        {claim && <p class="notice">{claim}</p>}
      </header>
      {clash && (
        <Changed
          desk={desk}
          before={clash.before}
          current={clash.current}
          problem={clash.problem}
          possible={clash.current !== null && possible(clash.current, desk.me, desk.now.value).has(clash.name)}
          onGoOn={() => {
            const { current, name } = clash;
            desk.clash.value = null;
            if (current) void act(desk, current, name, null);
          }}
          onLeave={() => (desk.clash.value = null)}
        />
      )}
      <div class="actions" role="group" aria-label={t('dispatch.actions', { place: placeOf(desk, sighting) })}>
        {actionsNow(desk, sighting).map(({ name, key, task }) => (
          <button
            key={name}
            type="button"
            class={task !== null && desk.task.value === task ? 'slim on' : 'slim'}
            aria-keyshortcuts={key}
            onClick={() => void act(desk, sighting, name, task)}
          >
            {t(`dispatch.do.${name}` as 'dispatch.do.claim')} <kbd>{key.toUpperCase()}</kbd>
          </button>
        ))}
      </div>
      <div key={`${sighting.id}/${desk.task.value}`}>
        <TaskView desk={desk} sighting={sighting} />
      </div>
      <Facts desk={desk} sighting={sighting} />
      <Timeline desk={desk} entries={timeline} />
    </article>
  );
}
