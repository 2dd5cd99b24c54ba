// All that is known of one sighting.
import type { ComponentChildren } from 'preact';
import type { Sighting, TimelineEntry } from '../../shared/contract';
import { t, tOf } from '../../shared/i18n';
import { clock } from '../../shared/time';
import type { Desk } from '../desk';
import { inCase } from '../model/nearby';
import { accuracyText, jurisdictionName, placeOf, spaced, stationName, teamName } from '../say';
import { Photos } from './photos';

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Facts({ desk, sighting }: { desk: Desk; sighting: Sighting }) {
  const { assignment, position, caller, reporter } = sighting;
  const now = desk.now.value;
  const team = assignment && desk.teams.value.find(({ id }) => id === assignment.team);
  const others = inCase(desk.state.value, sighting);
  return (
    <>
      <Photos sighting={sighting} />
      <dl class="facts">
        <Fact name={t('dispatch.field.place')}>
          <b>{sighting.place || '—'}</b>
          <br />
          {jurisdictionName(desk, sighting.jurisdiction)}
          {sighting.outside && <span class="wrong"> {t('dispatch.outside')}</span>}
          <br />
          <span class="quiet">
            {accuracyText(position)}{' '}
            <span class="code">
              {position.lat.toFixed(5)}, {position.lon.toFixed(5)}
            </span>
          </span>
        </Fact>
        {sighting.appearance && <Fact name={t('dispatch.field.appearance')}>{sighting.appearance}</Fact>}
        {sighting.staying && <Fact name={t('dispatch.field.staying')}>{tOf('staying', sighting.staying)}</Fact>}
        {sighting.traits.length > 0 && (
          <Fact name={t('dispatch.field.traits')}>
            {sighting.traits.map((one) => (
              <span key={one} class="tag">
                {tOf('trait', one)}
              </span>
            ))}
          </Fact>
        )}
        {sighting.note && <Fact name={t('dispatch.field.note')}>{sighting.note}</Fact>}
        {sighting.spoke && sighting.spoke.length > 0 && (
          <Fact name={t('dispatch.field.spoke')}>{sighting.spoke.map((one) => tOf('dispatch.spoke', one)).join(' ')}</Fact>
        )}
        <Fact name={t('dispatch.field.reporter')}>
          {reporter ? tOf('kind', reporter.kind) : t('dispatch.reporter.server')}
          {' · '}
          {t('dispatch.seen_received', { seen: clock(sighting.observed_at, now), received: clock(sighting.received_at, now) })}
          {reporter && desk.task.value !== 'reporter' && (
            <>
              {' '}
              <button type="button" class="slim" onClick={() => (desk.task.value = 'reporter')}>
                {t('dispatch.do.reporter')}
              </button>
            </>
          )}
        </Fact>
        {caller?.callback && (
          <Fact name={t('dispatch.field.callback')}>
            <b>{caller.callback}</b>
            <br />
            <span class="quiet">{t('dispatch.callback.erased')}</span>
          </Fact>
        )}
        {assignment && (
          <Fact name={t('dispatch.field.team')}>
            <b>{teamName(desk, assignment.team)}</b>
            {team?.phone && ` ☎ ${team.phone}`} · {t('dispatch.since', { at: clock(assignment.at, now) })}
            {assignment.station && (
              <>
                <br />→ {stationName(desk, assignment.station)}
              </>
            )}
          </Fact>
        )}
        {sighting.protect && <Fact name={t('dispatch.field.protect')}>{t('dispatch.protect')}</Fact>}
        {sighting.referrals.length > 0 && (
          <Fact name={t('dispatch.field.referrals')}>
            {sighting.referrals.map((one, at) => (
              <div key={at}>
                <b>{tOf('agency', one.agency)}</b>
                {one.at && ` ${clock(one.at, now)}`}
                {one.reason && ` · ${one.reason}`}
                {one.note && ` · ${one.note}`}
              </div>
            ))}
          </Fact>
        )}
        {sighting.case && (
          <Fact name={t('dispatch.field.case')}>
            {others.map((one) => (
              <button key={one.id} type="button" class="slim" onClick={() => desk.select(one.id)}>
                {placeOf(desk, one)} · {tOf('status', one.status)} · {spaced(one.code)}
              </button>
            ))}
            {others.length === 0 && t('dispatch.linked')}
          </Fact>
        )}
      </dl>
    </>
  );
}

function entryText(entry: TimelineEntry): string {
  return [entry.text, entry.reason].filter(Boolean).join(' · ');
}

/// What happened, newest first.
export function Timeline({ desk, entries }: { desk: Desk; entries: readonly TimelineEntry[] }) {
  const now = desk.now.value;
  return (
    <section class="timeline" aria-label={t('dispatch.timeline')}>
      <h3>{t('dispatch.timeline')}</h3>
      <ol reversed>
        {[...entries].reverse().map((entry) => (
          <li key={entry.version}>
            <time dateTime={entry.at}>{clock(entry.at, now)}</time>
            <div>
              <b>{tOf('entry', entry.name)}</b> <span class="quiet">{entry.by_role === 'server' ? t('dispatch.by_server') : tOf('role', entry.by_role)}</span>
              {entryText(entry) && <div class="said">{entryText(entry)}</div>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
