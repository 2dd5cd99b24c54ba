// Emergencies do not wait in a queue: buttons that call, there at once, without network too.
import type { Category, Position, Urgency } from '../shared/contract';
import { metresBetween } from '../shared/geo';
import { t, tOf } from '../shared/i18n';
import { here, type Here } from './store';

/// What is told to call for.
export const isEmergency = (category: Category, urgency?: Urgency) => category !== 'needs_help' || urgency === 'emergency';

const digits = (phone: string) => phone.replace(/[^\d+]/g, '');

/// The city's number, or that of the service point nearest to a place.
export function hotline(state: Here | undefined, position?: Position): string | undefined {
  if (state?.hotline) return state.hotline;
  const answering = (state?.points ?? []).filter(({ phone }) => phone);
  const nearest = position
    ? [...answering].sort((a, b) => metresBetween(a.position, position) - metresBetween(b.position, position))
    : answering;
  return nearest[0]?.phone ?? undefined;
}

export function Calls({ category, position }: { category: Category; position?: Position | undefined }) {
  const number = hotline(here.value, position);
  const first = category === 'medical' ? ['120', '110'] : ['110', '120'];
  return (
    <section class="calls" aria-label={t('calls.title')}>
      <p>
        <strong>{t('calls.title')}</strong> {t('calls.no_confronting')}
      </p>
      <div>
        {first.map((one) => (
          <a key={one} class="button danger" href={`tel:${one}`}>
            <span>{one}</span> {tOf('calls', one)}
          </a>
        ))}
        {number && (
          <a class="button danger" href={`tel:${digits(number)}`}>
            <span>{number}</span> {t('calls.hotline')}
          </a>
        )}
      </div>
    </section>
  );
}

interface UnseenProps {
  id: string;
  category: Category;
  position: Position;
  place: string | undefined;
}

/// After two minutes without an answer from the server.
export function Unseen({ id, category, position, place }: UnseenProps) {
  const number = hotline(here.value, position);
  const text = t('calls.sms', {
    category: tOf('category', category),
    place: place ?? '',
    lat: position.lat.toFixed(5),
    lon: position.lon.toFixed(5),
    // There is no code before the server has it; this much of the id finds it later.
    code: id.slice(-8).toUpperCase(),
  });
  return (
    <section class="unseen-yet" role="alert">
      <p>
        <strong>{t('calls.unseen')}</strong>
      </p>
      <a class="button" href={`sms:${number ? digits(number) : ''}?body=${encodeURIComponent(text)}`}>
        {t('calls.send_sms')}
      </a>
    </section>
  );
}
