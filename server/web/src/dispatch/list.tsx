// The list: only the rows in view are drawn, so that thousands cost no more than ten.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t, tOf } from '../shared/i18n';
import type { Desk } from './desk';
import type { Row } from './model/pressing';
import { claimText, lateArrival, placeOf, spaced, teamName, waitText } from './say';
import { StatusShape } from './shapes';

const height = 78; // of a row, as in the style sheet
const spare = 6;

const optionId = (id: string) => `row-${id}`;

/// One more, or one less, is chosen.
export function toggleChosen(desk: Desk, id: string) {
  const next = new Set(desk.chosen.peek());
  if (!next.delete(id)) next.add(id);
  desk.chosen.value = next;
}

function RowView({ desk, row, top, index, total, onPick }: { desk: Desk; row: Row; top: number; index: number; total: number; onPick(event: MouseEvent): void }) {
  const { sighting } = row;
  const chosen = desk.chosen.value.has(sighting.id);
  const current = desk.selected.value === sighting.id;
  const claim = claimText(desk, sighting);
  const wait = waitText(desk, row);
  const late = lateArrival(sighting, desk.now.value);
  return (
    <div
      role="option"
      id={optionId(sighting.id)}
      class={`row${current ? ' current' : ''}${chosen ? ' chosen' : ''}${row.overdue ? ' late' : ''}`}
      style={{ top: `${top}px` }}
      aria-selected={chosen || current}
      aria-setsize={total}
      aria-posinset={index + 1}
      onMouseDown={(event) => event.shiftKey && event.preventDefault()}
      onClick={onPick}
    >
      <StatusShape status={sighting.status} urgency={sighting.urgency} overdue={row.overdue} />
      <div class="row-text">
        <div class="row-line">
          <b class="cut">
            {tOf('category', sighting.category)}
            {(sighting.people ?? 1) > 1 && ` ×${sighting.people}`}
          </b>
          {sighting.urgency !== 'normal' && <span class={`badge ${sighting.urgency}`}>{tOf('urgency', sighting.urgency)}</span>}
          <span class="grow" />
          <span class={row.overdue ? 'wait late' : 'wait'}>{wait}</span>
        </div>
        <div class="cut">{placeOf(desk, sighting)}</div>
        <div class="row-line small">
          <span class="cut">
            {tOf('status', sighting.status)}
            {sighting.outcome && ` · ${tOf('outcome', sighting.outcome)}`}
            {sighting.assignment && ` · ${teamName(desk, sighting.assignment.team)}`}
            {claim && ` · ${claim}`}
            {late && ` · ${late}`}
          </span>
          <span class="grow" />
          <span class="code">{spaced(sighting.code)}</span>
        </div>
      </div>
    </div>
  );
}

export function List({ desk, onOpen }: { desk: Desk; onOpen(): void }) {
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState(0);
  const [size, setSize] = useState(800);
  const { rows } = desk.view.value;
  const selected = desk.selected.value;
  const before = useRef<{ rows: readonly Row[]; selected: string | null }>({ rows: [], selected: null });

  useEffect(() => {
    const observer = new ResizeObserver(() => setSize(box.current?.clientHeight ?? 800));
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  // What somebody looks at stays where it is while others come and go; a new choice comes into view.
  useLayoutEffect(() => {
    const list = box.current;
    const old = before.current;
    before.current = { rows, selected };
    if (!list) return;
    const indexOf = (id: string | undefined | null) => (id ? rows.findIndex(({ sighting }) => sighting.id === id) : -1);
    if (selected !== old.selected) {
      const at = indexOf(selected);
      if (at < 0) return;
      const top = at * height;
      if (top < list.scrollTop) list.scrollTop = top;
      else if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight;
      return;
    }
    if (rows === old.rows || list.scrollTop < height) return;
    const anchor = Math.floor(list.scrollTop / height);
    const now = indexOf(old.rows[anchor]?.sighting.id);
    if (now >= 0 && now !== anchor) list.scrollTop += (now - anchor) * height;
  }, [rows, selected]);

  const move = (to: number, extend: boolean) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    if (extend) desk.chosen.value = new Set([...desk.chosen.value, ...(selected ? [selected] : []), row.sighting.id]);
    desk.select(row.sighting.id);
  };

  const onKey = (event: KeyboardEvent) => {
    const at = rows.findIndex(({ sighting }) => sighting.id === selected);
    const page = Math.max(1, Math.floor(size / height) - 1);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 };
    const to = steps[event.key];
    if (to !== undefined) move(to, event.shiftKey);
    else if (event.key === ' ' && selected) toggleChosen(desk, selected);
    else if (event.key === 'Enter' && selected) onOpen();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const pick = (row: Row, at: number) => (event: MouseEvent) => {
    if (event.shiftKey && selected) {
      const from = rows.findIndex(({ sighting }) => sighting.id === selected);
      const [low, high] = [Math.min(from, at), Math.max(from, at)];
      desk.chosen.value = new Set([...desk.chosen.value, ...rows.slice(Math.max(0, low), high + 1).map(({ sighting }) => sighting.id)]);
    } else if (event.ctrlKey || event.metaKey) toggleChosen(desk, row.sighting.id);
    else desk.select(row.sighting.id);
  };

  if (rows.length === 0)
    return (
      <p class="empty">{desk.state.value.caughtUp ? t('dispatch.list.empty') : t('dispatch.list.loading')}</p>
    );
  const first = Math.max(0, Math.floor(scroll / height) - spare);
  const last = Math.min(rows.length, Math.ceil((scroll + size) / height) + spare);
  // The chosen row is drawn wherever it is: it is what the listbox says is active.
  const active = selected === null ? -1 : rows.findIndex(({ sighting }) => sighting.id === selected);
  const drawn = rows.slice(first, last).map((row, at) => ({ row, at: first + at }));
  if (active >= 0 && (active < first || active >= last)) drawn.push({ row: rows[active]!, at: active });
  return (
    <div
      class="list"
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-multiselectable
      aria-label={t('dispatch.list.name')}
      aria-activedescendant={active >= 0 ? optionId(selected!) : undefined}
      onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
      onKeyDown={onKey}
    >
      <div role="presentation" class="rows" style={{ height: `${rows.length * height}px` }}>
        {drawn.map(({ row, at }) => (
          <RowView key={row.sighting.id} desk={desk} row={row} top={at * height} index={at} total={rows.length} onPick={pick(row, at)} />
        ))}
      </div>
    </div>
  );
}
