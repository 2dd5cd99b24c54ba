// What became of a report, in words a person understands. Never silently stuck: what failed says why and what to do.
import type { CoarseStatus, InformantSighting, Problem } from '../shared/contract';
import { t, tOf } from '../shared/i18n';
import type { LocalReport } from './db';
import type { Here, Reach } from './store';

export interface Told {
  text: string;
  tone: 'waiting' | 'good' | 'wrong';
  /// What is refused can be tried again, or given up.
  refused?: Problem;
}

export const snapshotOf = (here: Here, id: string): InformantSighting | undefined =>
  here.sightings.find((kept) => kept.id === id)?.sighting as InformantSighting | undefined;

const why = (problem: Problem) => {
  const slug = problem.type.split('/').pop() ?? '';
  const known = tOf('problem', slug);
  return known === slug ? t('problem.other', { status: problem.status }) : known;
};

/// The state of a report made here, or of one told by the server.
export function tell(here: Here, id: string, local: LocalReport | undefined, reach: Reach): Told {
  const commands = here.waiting.filter(({ command }) => command.sighting === id);
  const refused = commands.find(({ problem }) => problem)?.problem;
  if (refused) return { text: t('state.refused', { why: why(refused) }), tone: 'wrong', refused };
  if (here.person?.revoked && commands.length) return { text: t('state.revoked'), tone: 'wrong' };
  const snapshot = snapshotOf(here, id);
  const received = local?.receivedAt !== undefined || snapshot !== undefined;
  if (!received) return { text: reach === 'unreachable' ? t('state.no_signal') : t('state.sending'), tone: 'waiting' };

  const parts = [tOf('coarse', (snapshot?.status ?? 'received') as CoarseStatus)];
  if (commands.length) parts.push(reach === 'unreachable' ? t('state.more_waits') : t('state.more_sending'));
  const pictures = here.pictures.filter(({ sighting }) => sighting === id);
  const lost = pictures.find(({ state }) => state === 'refused');
  if (lost?.problem) return { text: `${parts[0]} · ${t('state.picture_refused', { why: why(lost.problem) })}`, tone: 'wrong', refused: lost.problem };
  const left = pictures.filter(({ state }) => state === 'waiting').length;
  if (left) {
    const all = Math.max(local?.report.photos?.length ?? 0, pictures.length);
    const key = reach === 'unreachable' ? 'state.pictures_wait' : 'state.pictures_sending';
    parts.push(t(key, { at: all - left + 1, n: all }));
  }
  if (local?.differs?.length) {
    const members = local.differs.map((name) => tOf('member', name)).join('、');
    return { text: `${parts.join(' · ')} · ${t('state.differs', { members })}`, tone: 'wrong' };
  }
  return { text: parts.join(' · '), tone: left || commands.length ? 'waiting' : 'good' };
}
