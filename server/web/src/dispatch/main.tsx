import { useEffect, useMemo, useState } from 'preact/hooks';
import { t, tOf } from '../shared/i18n';
import { mount } from '../shared/mount';
import { StaffPage, titleCount, type Session } from '../shared/staff';
import { NewCall } from './call/new_call';
import { openDesk, type Desk } from './desk';
import './dispatch.css';
import { Help, useKeys, type PageKeys } from './keys';
import { List } from './list';
import { MapView } from './map/map';
import type { Row } from './model/pressing';
import { RoundForm } from './panel/assign';
import { Panel } from './panel/panel';
import { placeOf } from './say';
import { Connection, Filters, Sound, Statuses } from './toolbar';

const stronger = { normal: 0, urgent: 1, emergency: 2 } as const;

/// New urgent ones are said, heard, and shown where the page is not looked at.
function tellAlarms(desk: Desk, rows: Row[]) {
  const [first] = [...rows].sort((a, b) => stronger[b.sighting.urgency] - stronger[a.sighting.urgency]);
  if (!first) return;
  const { sighting } = first;
  const what = t(first.overdue ? 'dispatch.alarm.overdue' : 'dispatch.alarm.new', { urgency: tOf('urgency', sighting.urgency), category: tOf('category', sighting.category), place: placeOf(desk, sighting) });
  const text = rows.length > 1 ? `${what} ${t('dispatch.alarm.more', { n: rows.length - 1 })}` : what;
  desk.said.value = text;
  desk.alarm.ring(sighting.urgency);
  desk.alarm.notify(t('dispatch.title'), text, sighting.id, () => desk.select(sighting.id));
}

type Pane = 'sighting' | 'call' | 'round';

function Side({ desk, pane, close }: { desk: Desk; pane: Pane; close(): void }) {
  if (pane === 'call') return <NewCall desk={desk} onClose={close} />;
  if (pane === 'round') return <RoundForm desk={desk} onClose={close} />;
  const sighting = desk.find(desk.selected.value);
  if (sighting) return <Panel desk={desk} sighting={sighting} key={sighting.id} />;
  const { waiting, overdue } = desk.view.value;
  return (
    <div class="nothing">
      <p class="large">{waiting ? t('dispatch.waiting', { n: waiting }) : t('dispatch.nothing_waits')}</p>
      {overdue > 0 && <p class="wait late">{t('dispatch.overdue_count', { n: overdue })}</p>}
      <p>
        <kbd>N</kbd> {t('dispatch.help.next')} · <kbd>T</kbd> {t('dispatch.help.call')} · <kbd>?</kbd> {t('dispatch.help.help')}
      </p>
      {!desk.alarm.muted.value && desk.alarm.notifications.value === 'default' && (
        <button type="button" onClick={() => void desk.alarm.askToNotify()}>
          {t('dispatch.sound.notify')}
        </button>
      )}
    </div>
  );
}

function Page({ session: { me, api } }: { session: Session }) {
  const [pane, setPane] = useState<Pane>('sighting');
  const [help, setHelp] = useState(false);
  const [desk, setDesk] = useState<Desk | null>(null);
  useEffect(() => {
    const made: Desk = openDesk(api, me, (rows) => tellAlarms(made, rows));
    setDesk(made);
    return () => {
      made.close();
      titleCount.value = '';
    };
  }, [api, me.id]);
  return desk && <Work desk={desk} pane={pane} setPane={setPane} help={help} setHelp={setHelp} />;
}

interface WorkProps {
  desk: Desk;
  pane: Pane;
  setPane(pane: Pane): void;
  help: boolean;
  setHelp(open: boolean): void;
}

function Work({ desk, pane, setPane, help, setHelp }: WorkProps) {
  const open = (next: Pane) => {
    desk.task.value = next === 'call' ? 'call' : null;
    setPane(next);
  };
  const close = () => {
    open('sighting');
    document.querySelector<HTMLElement>('.list')?.focus();
  };
  const mayReport = desk.me.role === 'dispatcher';
  const keys = useMemo<PageKeys>(
    () => ({
      newCall: () => mayReport && open('call'),
      round: () => mayReport && open('round'),
      help: () => setHelp(true),
      back() {
        if (pane !== 'sighting') close();
        else if (desk.task.value || desk.clash.value) {
          desk.task.value = null;
          desk.clash.value = null;
          document.querySelector<HTMLElement>('.list')?.focus();
        } else if (document.activeElement?.id === 'search' || desk.filter.value.text) {
          desk.filter.value = { ...desk.filter.value, text: '' };
          document.querySelector<HTMLElement>('.list')?.focus();
        } else if (desk.chosen.value.size) desk.chosen.value = new Set();
        else if (desk.selected.value) desk.select(null);
        else return false;
        return true;
      },
    }),
    [desk, pane],
  );
  useKeys(desk, keys);
  const { pressing, rows } = desk.view.value;
  useEffect(() => {
    titleCount.value = pressing ? `(${pressing}) ` : '';
  }, [pressing]);
  const chosen = desk.chosen.value.size;
  return (
    <div class="dispatch">
      <div class="tools">
        {mayReport && (
          <button type="button" class="primary" aria-keyshortcuts="t" onClick={() => open('call')}>
            ☎ {t('dispatch.call.title')} <kbd>T</kbd>
          </button>
        )}
        <Connection desk={desk} />
        <span class="grow" />
        <Filters desk={desk} />
        <span class="grow" />
        <Sound desk={desk} />
        <button type="button" class="chip" aria-keyshortcuts="?" onClick={() => setHelp(true)}>
          {t('dispatch.help.title')} <kbd>?</kbd>
        </button>
      </div>
      <Statuses desk={desk} />
      <div class="work">
        <section class="left" aria-label={t('dispatch.list.name')}>
          <div class="list-head">
            {chosen > 0 ? (
              <>
                <b>{t('dispatch.chosen', { n: chosen })}</b>
                {mayReport && (
                  <button type="button" class="primary slim" onClick={() => open('round')}>
                    {t('dispatch.round.open')} <kbd>A</kbd>
                  </button>
                )}
                <button type="button" class="slim" onClick={() => (desk.chosen.value = new Set())}>
                  {t('dispatch.chosen.clear')}
                </button>
              </>
            ) : (
              <span>{t('dispatch.list.count', { n: rows.length })}</span>
            )}
          </div>
          <List desk={desk} onOpen={() => document.querySelector<HTMLElement>('.actions button')?.focus()} />
        </section>
        <MapView desk={desk} />
        <section class="side" aria-label={t('dispatch.side')}>
          <Side desk={desk} pane={pane} close={close} />
        </section>
      </div>
      <p class="unseen" aria-live="assertive">
        {desk.said.value}
      </p>
      <Help open={help} onClose={() => setHelp(false)} />
    </div>
  );
}

void mount(
  <StaffPage title="dispatch.title" roles={['dispatcher', 'supervisor']}>
    {(session) => <Page session={session} />}
  </StaffPage>,
);
