// A sighting in words.
import type { Position, Sighting } from '../shared/contract';
import { t, tOf } from '../shared/i18n';
import { clock, span } from '../shared/time';
import type { Desk } from './desk';
import { differences, type Difference } from './model/changes';
import { isClaimed, overdueFor, type Row } from './model/pressing';

/// In groups of four, as it is read out.
export const spaced = (code: string) => code.replace(/(.{4})(?=.)/, '$1 ');

export function jurisdictionName(desk: Desk, code: string): string {
  const path = desk.tree.value.path(code).map(({ name }) => name);
  return path.length ? path.join(' ') : (desk.tree.value.nodes.get(code)?.name ?? code);
}

/// Where it is, shortly: the landmark, or else the jurisdiction.
export const placeOf = (desk: Desk, sighting: Sighting) => sighting.place || jurisdictionName(desk, sighting.jurisdiction);

export const teamName = (desk: Desk, id: string) => desk.teams.value.find((team) => team.id === id)?.name ?? t('dispatch.team.other');
export const stationName = (desk: Desk, id: string) => desk.stations.value.find((station) => station.id === id)?.name ?? t('dispatch.station.other');

const colleague = (desk: Desk, id: string) => desk.colleagues.value.get(id) || t('dispatch.another');

export function claimText(desk: Desk, sighting: Sighting): string {
  if (!isClaimed(sighting, desk.now.value)) return '';
  const until = clock(sighting.claimed_until!);
  if (sighting.claimed_by === desk.me.id) return t('dispatch.claim.mine', { until });
  return t('dispatch.claim.other', { until, who: colleague(desk, sighting.claimed_by!) });
}

/// How long it has waited, or by how much it is late.
export function waitText(desk: Desk, row: Row): string {
  const now = desk.now.value;
  if (row.overdue) {
    const late = t('dispatch.late', { span: span(overdueFor(row.item, now, desk.patience.value)) });
    return row.sighting.escalation > 0 ? `${late} · ${t('dispatch.escalated', { n: row.sighting.escalation })}` : late;
  }
  return row.waiting ? t('dispatch.waits', { span: span(now - row.item.received) }) : '';
}

const late = 3 * 3_600_000;
/// What came long after it was seen: "seen 8 h ago, got through now".
export function lateArrival(sighting: Sighting, now: number): string {
  const seen = Date.parse(sighting.observed_at);
  if (Date.parse(sighting.received_at) - seen <= late) return '';
  return t('dispatch.late_arrival', { seen: span(now - seen), came: clock(sighting.received_at, now) });
}

export function distance(metres: number): string {
  if (metres < 1000) return t('dispatch.metres', { n: metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10 });
  return t('dispatch.kilometres', { n: (metres / 1000).toFixed(metres < 10_000 ? 1 : 0) });
}

/// What a position is worth to who has to find somebody.
export function accuracyText(position: Position): string {
  const metres = position.accuracy_m;
  const parts = [position.source ? tOf('source', position.source) : ''];
  if (metres != null) {
    const worth = metres <= 20 ? 'exact' : metres <= 100 ? 'good' : metres <= 1000 ? 'rough' : 'vague';
    parts.push(t(`dispatch.accuracy.${worth}`, { distance: distance(metres) }));
  }
  if (position.fix_age_s != null && position.fix_age_s > 60) parts.push(t('dispatch.fix_age', { span: span(position.fix_age_s * 1000) }));
  return parts.filter(Boolean).join(' · ');
}

function valueText(desk: Desk, { what }: Difference, value: unknown): string {
  if (value === null || value === '') return t('dispatch.none');
  switch (what) {
    case 'status':
    case 'outcome':
    case 'category':
    case 'urgency':
    case 'staying':
      return tOf(what, String(value));
    case 'team':
      return teamName(desk, String(value));
    case 'station':
      return stationName(desk, String(value));
    case 'claimed_by':
      return value === desk.me.id ? t('dispatch.you') : colleague(desk, String(value));
    case 'jurisdiction':
      return jurisdictionName(desk, String(value));
    case 'traits':
      return (value as string[]).map((one) => tOf('trait', one)).join(' ') || t('dispatch.none');
    case 'referrals':
      return (value as string[]).map((one) => tOf('agency', one)).join(' ') || t('dispatch.none');
    case 'protect':
      return value ? t('dispatch.yes') : t('dispatch.no');
    case 'case':
      return t('dispatch.linked');
    default:
      return String(value);
  }
}

/// What others changed, one line each.
export function changeLines(desk: Desk, before: Sighting, after: Sighting): string[] {
  return differences(before, after).map((one) =>
    t('dispatch.change', {
      what: t(`dispatch.field.${one.what}`),
      before: valueText(desk, one, one.before),
      after: valueText(desk, one, one.after),
    }),
  );
}
