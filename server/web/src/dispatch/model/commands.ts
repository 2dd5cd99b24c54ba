// The commands a desk may give now: the rows of the contract's table for dispatcher and supervisor.
import type { CommandName, Me, Outcome, Sighting, Status } from '../../shared/contract';
import { isClaimed, isOpen } from './pressing';

const beforeOnScene: readonly Status[] = ['queued', 'assigned', 'en_route'];
const refusals: readonly (Outcome | null)[] = ['declined', 'changed_mind'];

/// The ends a dispatcher may say before a team is on the spot.
export const dispatcherOutcomes: readonly Outcome[] = ['already_known', 'duplicate', 'invalid', 'referred'];

/// Whether another jurisdiction may be named in triage: only before a team is on the spot.
export const mayHandOver = (sighting: Sighting) => beforeOnScene.includes(sighting.status);

export function possible(sighting: Sighting, me: Me, now: number): ReadonlySet<CommandName> {
  const found = new Set<CommandName>();
  const { status, outcome } = sighting;
  const reopens = (status === 'confirmed' || status === 'closed') && !refusals.includes(outcome);
  if (me.role !== 'dispatcher' && me.role !== 'supervisor') return found;
  found.add('comment');
  if (reopens) found.add('reopen');
  if (me.role === 'supervisor') return found;
  if (status === 'queued') {
    const claimed = isClaimed(sighting, now);
    if (!claimed || sighting.claimed_by === me.id) found.add('claim');
    if (claimed && sighting.claimed_by === me.id) found.add('release');
  }
  if (beforeOnScene.includes(status) || status === 'on_scene') found.add('assign');
  if (beforeOnScene.includes(status)) found.add('resolve');
  if (isOpen(status)) {
    found.add('triage').add('amend').add('link');
    if (sighting.case) found.add('unlink');
  }
  if (isOpen(status) || status === 'confirmed') found.add('refer');
  return found;
}
