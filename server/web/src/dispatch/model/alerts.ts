// What is new and urgent, and so is to be heard.
import type { Sighting } from '../../shared/contract';
import type { Row } from './pressing';

/// Waiting and urgent or more, by the round it is in: one reopened, or made urgent, or gone up a level is heard again.
export const alarmOf = ({ id, urgency, escalation }: Sighting) => `${id}/${urgency}/${escalation}`;

const sounds = ({ sighting, waiting, overdue }: Row) => waiting && (sighting.urgency !== 'normal' || (overdue && sighting.escalation > 0));

/// The rows that were not heard yet, and all that is heard once they are.
export function newAlarms(rows: Iterable<Row>, heard: ReadonlySet<string>): { rows: Row[]; heard: ReadonlySet<string> } {
  const now = new Set<string>();
  const fresh: Row[] = [];
  for (const row of rows) {
    if (!sounds(row)) continue;
    const alarm = alarmOf(row.sighting);
    now.add(alarm);
    if (!heard.has(alarm)) fresh.push(row);
  }
  return { rows: fresh, heard: now };
}
