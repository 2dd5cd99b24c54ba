import { useState } from 'preact/hooks';
import { t } from '../shared/i18n';
import { useDoing } from '../shared/doing';
import { useNow } from '../shared/now';
import { ago } from '../shared/time';
import { Wrong } from '../shared/wrong';
import type { Model } from './model';

/// How many places are free, and when that was last said.
export function Places({ model }: { model: Model }) {
  const now = useNow();
  const doing = useDoing();
  const [typed, setTyped] = useState<string | null>(null);
  const station = model.station.value;
  if (!station) return null;
  const value = typed ?? (station.free === null || station.free === undefined ? '' : String(station.free));
  const say = (free: number) => doing.run(() => model.setPlaces(free)).then((good) => good && setTyped(null));
  const submit = (event: Event) => {
    event.preventDefault();
    void say(Number(value));
  };
  return (
    <form class="places" onSubmit={submit}>
      <label for="free">{t('station.places')}</label>
      <button type="button" aria-label={t('station.places.fewer')} disabled={doing.busy || !Number(value)} onClick={() => say(Number(value) - 1)}>
        −
      </button>
      <input id="free" type="number" min="0" max="100000" required value={value} onInput={(event) => setTyped(event.currentTarget.value)} />
      <button type="button" aria-label={t('station.places.more')} disabled={doing.busy} onClick={() => say(Number(value) + 1)}>
        +
      </button>
      <button class={typed === null ? '' : 'primary'} disabled={doing.busy}>
        {t('station.places.say')}
      </button>
      <span class="quiet" role="status">
        {station.free_at ? t('station.places.said', { ago: ago(station.free_at, now) }) : t('station.places.never')}
      </span>
      <Wrong text={doing.wrong} />
    </form>
  );
}
