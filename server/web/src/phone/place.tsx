// Where it is, in plain words; where there is no fix, the last place or a pin.
import { lazy } from './lazy';
import { useEffect, useState } from 'preact/hooks';
import type { Position } from '../shared/contract';
import { t } from '../shared/i18n';
import { useNow } from '../shared/now';
import { ago } from '../shared/time';
import { finding, fix, freshFor, lookForPlace, positionOf, stopLooking } from './position';

const Pin = lazy(() => import('./pin').then(({ Pin }) => Pin));

interface PlaceProps {
  /// A place chosen already, as by "mark here": the phone's own is not asked.
  given?: Position | undefined;
  onChange(position: Position | undefined): void;
}

export function Place({ given, onChange }: PlaceProps) {
  const [pinned, setPinned] = useState<Position | undefined>(given);
  const [pinning, setPinning] = useState(false);
  const now = useNow(1000);
  useEffect(() => {
    if (given) return undefined;
    lookForPlace();
    return stopLooking;
  }, [given]);

  const last = fix.value;
  const position = pinned ?? (last && positionOf(last, now));
  const key = JSON.stringify([pinned, last]);
  useEffect(() => onChange(pinned ?? (last && positionOf(last))), [key]);

  return (
    <section class="place" aria-label={t('place.title')}>
      <p role="status">
        <strong>{t('place.title')}</strong> {words(position, pinned !== undefined, last?.at, now)}
      </p>
      {pinning ? (
        <Pin
          start={position}
          onDone={(chosen: Position | undefined) => {
            setPinning(false);
            if (chosen) setPinned(chosen);
          }}
        />
      ) : (
        <button type="button" class="small" onClick={() => setPinning(true)}>
          {t('place.pin')}
        </button>
      )}
    </section>
  );
}

function words(position: Position | undefined, pinned: boolean, at: number | undefined, now: number): string {
  if (!position) return finding.value === 'refused' ? t('place.refused') : finding.value === 'failed' ? t('place.failed') : t('place.finding');
  if (pinned && position.source === 'manual') return t('place.pinned');
  const metres = Math.round(position.accuracy_m ?? 0);
  const good = metres <= 20 ? t('place.good', { metres }) : metres <= 100 ? t('place.fair', { metres }) : t('place.poor', { metres });
  if (pinned) return good;
  return at !== undefined && now - at > freshFor ? t('place.last', { ago: ago(at, now), how: good }) : good;
}
