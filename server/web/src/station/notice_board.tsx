// Whose identity notice is due, the soonest first.
import type { Sighting } from '../shared/contract';
import { t } from '../shared/i18n';
import { useNow } from '../shared/now';
import { span } from '../shared/time';
import type { Model } from './model';
import { isUnknown, noticeWithin } from './records';

interface Due {
  sighting: Sighting;
  called: string;
  at: number;
}

function dueOf(model: Model): Due[] {
  const due: Due[] = [];
  for (const [id, { items, confirmed_at }] of model.registered.value) {
    const sighting = model.sightings.value.get(id);
    if (!sighting || sighting.status !== 'confirmed' || !confirmed_at) continue;
    const at = new Date(confirmed_at).getTime() + noticeWithin;
    for (const person of items)
      if (isUnknown(person) && !person.notice) due.push({ sighting, at, called: person.label || t('station.unnamed') });
    const missing = (sighting.people ?? 1) - items.length;
    if (missing > 0) due.push({ sighting, at, called: t('station.notice.unregistered', { n: missing }) });
  }
  return due.sort((a, b) => a.at - b.at);
}

export function NoticeBoard({ model, onOpen }: { model: Model; onOpen(sighting: Sighting): void }) {
  const now = useNow();
  const due = dueOf(model);
  if (!due.length) return null;
  return (
    <section class="due">
      <h3>{t('station.notice.due', { n: due.length })}</h3>
      <ul>
        {due.slice(0, 6).map(({ sighting, called, at }) => (
          <li key={`${sighting.id}${called}`}>
            <button type="button" class={at < now ? 'late' : ''} onClick={() => onOpen(sighting)}>
              <span>{called}</span>
              <b>{remaining(at, now)}</b>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/// "5 h 12 min left", or by how much it is late.
export function remaining(at: number, now: number): string {
  const left = at - now;
  if (left < 0) return t('station.notice.late', { span: span(-left) });
  const hours = Math.floor(left / 3_600_000);
  const minutes = Math.floor((left % 3_600_000) / 60_000);
  return t('station.notice.left', { hours, minutes });
}
