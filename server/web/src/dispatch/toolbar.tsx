// What is shown, whether it is live, and what is heard.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Category, Status, Urgency } from '../shared/contract';
import { t, tOf } from '../shared/i18n';
import { clock, span } from '../shared/time';
import type { Desk } from './desk';
import { everythingOpen, isNarrowed, type Filter } from './model/filter';
import { endedStatuses, openStatuses } from './model/pressing';
import { categories, search, urgencies } from './panel/tasks';
import { StatusShape } from './shapes';

const set = (desk: Desk, differs: Partial<Filter>) => (desk.filter.value = { ...desk.filter.value, ...differs });

/// The statuses with shape, colour and number: the map's key and the filter in one.
export function Statuses({ desk }: { desk: Desk }) {
  const filter = desk.filter.value;
  const { statuses } = filter;
  const { counts } = desk.view.value;
  const searching = filter.text.trim() !== ''; // in all of them
  const toggle = (one: Status) => set(desk, { statuses: statuses.includes(one) ? statuses.filter((other) => other !== one) : [...statuses, one] });
  return (
    <div class="statuses" role="group" aria-label={t('dispatch.filter.status')}>
      {[...openStatuses, ...endedStatuses.filter((one) => one !== 'left' || counts.left)].map((status) => (
        <button key={status} type="button" class="chip" aria-pressed={searching || statuses.includes(status)} disabled={searching} onClick={() => toggle(status)}>
          <StatusShape status={status} /> {tOf('status', status)} <b>{counts[status] ?? 0}</b>
        </button>
      ))}
      <button type="button" class="chip late" aria-pressed={filter.overdue} onClick={() => set(desk, { overdue: !filter.overdue })}>
        {t('dispatch.filter.overdue')} <b>{desk.view.value.overdue}</b>
      </button>
      {isNarrowed(filter) && (
        <button type="button" class="chip reset" onClick={() => (desk.filter.value = everythingOpen)}>
          {t('dispatch.filter.reset')}
        </button>
      )}
    </div>
  );
}

function Select<T extends string>({ name, value, values, all, label, onChange }: { name: string; value: T | null; values: readonly T[]; all: string; label(value: T): string; onChange(value: T | null): void }) {
  return (
    <select aria-label={name} value={value ?? ''} class={value === null ? '' : 'set'} onChange={(event) => onChange((event.currentTarget.value || null) as T | null)}>
      <option value="">{all}</option>
      {values.map((one) => (
        <option key={one} value={one}>
          {label(one)}
        </option>
      ))}
    </select>
  );
}

/// Text narrows what is here at once; the server is asked for the rest a moment later.
function Search({ desk }: { desk: Desk }) {
  const timer = useRef(0);
  const { text } = desk.filter.value;
  useEffect(() => {
    clearTimeout(timer.current);
    if (text.trim().length < 2) return;
    timer.current = self.setTimeout(() => void search(desk, text), 400);
    return () => clearTimeout(timer.current);
  }, [text]);
  return (
    <input
      id="search"
      type="search"
      aria-label={t('dispatch.search')}
      aria-keyshortcuts="/"
      placeholder={`${t('dispatch.search')}  /`}
      value={text}
      autocomplete="off"
      maxLength={200}
      onInput={(event) => set(desk, { text: event.currentTarget.value })}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === 'ArrowDown') {
          event.preventDefault();
          const first = desk.view.value.rows[0];
          if (first) desk.select(first.sighting.id);
          document.querySelector<HTMLElement>('.list')?.focus();
        }
      }}
    />
  );
}

/// What narrows list and map alike.
export function Filters({ desk }: { desk: Desk }) {
  const filter = desk.filter.value;
  const tree = desk.tree.value;
  const home = desk.me.jurisdiction;
  const under = [...tree.nodes.values()].filter(({ code, level }) => level <= 2 && level > 0 && code !== home && (!home || tree.within(code, home)));
  const codes = under.filter(({ level }) => under.length <= 40 || level === 1).map(({ code }) => code);
  return (
    <div class="filters" role="search" aria-label={t('dispatch.filters')}>
      <Search desk={desk} />
      <Select<Urgency> name={t('dispatch.field.urgency')} all={t('dispatch.filter.any_urgency')} value={filter.urgency} values={urgencies} label={(one) => tOf('urgency', one)} onChange={(urgency) => set(desk, { urgency })} />
      <Select<Category> name={t('dispatch.field.category')} all={t('dispatch.filter.any_category')} value={filter.category} values={categories} label={(one) => tOf('category', one)} onChange={(category) => set(desk, { category })} />
      {codes.length > 0 && (
        <Select name={t('dispatch.field.jurisdiction')} all={t('dispatch.filter.any_jurisdiction')} value={filter.jurisdiction} values={codes} label={(one) => tree.nodes.get(one)?.name ?? one} onChange={(jurisdiction) => set(desk, { jurisdiction })} />
      )}
    </div>
  );
}

const shortly = 8_000;

/// Whether what is seen is live; since when it is not; and that it is again.
export function Connection({ desk }: { desk: Desk }) {
  const { is, since, resumed } = desk.feed.value;
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!resumed) return;
    const timer = setTimeout(() => redraw((n) => n + 1), shortly);
    return () => clearTimeout(timer);
  }, [resumed, since]);
  void desk.now.value;
  const fresh = resumed && Date.now() - since < shortly;
  if (is === 'cut')
    return (
      <p class="connection cut" role="alert">
        {t('feed.cut')} · {t('dispatch.feed.since', { at: clock(since), span: span(Date.now() - since) })}
      </p>
    );
  return (
    <p class={`connection ${is}${fresh ? ' fresh' : ''}`} role="status">
      {is === 'live' && <span class="dot" aria-hidden="true" />}
      {fresh ? t('dispatch.feed.resumed') : is === 'live' && !desk.state.value.caughtUp ? t('dispatch.list.loading') : t(`feed.${is}`)}
    </p>
  );
}

/// Drawn, since not every desk has a font with such signs.
function Bell({ muted }: { muted: boolean }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 3a6 6 0 0 0-6 6v5l-2 3h16l-2-3V9a6 6 0 0 0-6-6zM10 19a2 2 0 0 0 4 0" />
      {muted && <path d="M3 3l18 18" />}
    </svg>
  );
}

export function Sound({ desk }: { desk: Desk }) {
  const { muted, silent } = desk.alarm;
  return (
    <button type="button" class="chip" aria-pressed={!muted.value} aria-keyshortcuts="u" onClick={() => (muted.value = !muted.value)}>
      <Bell muted={muted.value} /> {muted.value ? t('dispatch.sound.off') : silent.value ? t('dispatch.sound.asleep') : t('dispatch.sound.on')}
    </button>
  );
}
