// A pin without network: the districts' outlines, moved under a cross.
import { useEffect, useState } from 'preact/hooks';
import type { Position } from '../shared/contract';
import { t } from '../shared/i18n';
import { keptDistricts, takeDistricts, type Feature } from './districts';
import { here } from './store';

const degreesHigh = 0.3;
const metresPerDegree = 111_320;

const ringsOf = (feature: Feature): number[][][] =>
  feature.geometry?.type === 'Polygon'
    ? (feature.geometry.coordinates as number[][][])
    : ((feature.geometry?.coordinates ?? []) as number[][][][]).flat();

interface PinProps {
  start: Position | undefined;
  onDone(position: Position | undefined): void;
}

export function Pin({ start, onDone }: PinProps) {
  const [features, setFeatures] = useState<Feature[]>([]);
  const [at, setAt] = useState(start ? { lat: start.lat, lon: start.lon } : undefined);
  const [high, setHigh] = useState(start ? 0.1 : degreesHigh);
  const [failed, setFailed] = useState(false);
  const [grip, setGrip] = useState<{ x: number; y: number } | null>(null);
  const points = here.value?.points ?? [];

  useEffect(() => {
    const token = here.value?.person?.token;
    if (!token) return;
    keptDistricts()
      .then((kept) => kept ?? takeDistricts(token))
      .then((found) => {
        setFeatures(found);
        const all = found.flatMap(ringsOf).flat();
        const middle = (of: number) => (Math.min(...all.map((p) => p[of]!)) + Math.max(...all.map((p) => p[of]!))) / 2;
        if (all.length) setAt((before) => before ?? { lat: middle(1), lon: middle(0) });
      })
      .catch(() => setFailed(true));
  }, []);

  if (!at) return <p role="status">{failed ? t('pin.nothing') : t('place.finding')}</p>;

  // Degrees of longitude are drawn narrower, as they are here.
  const narrow = Math.cos((at.lat * Math.PI) / 180);
  const x = (lon: number) => (lon - at.lon) * narrow;
  const y = (lat: number) => at.lat - lat;
  const path = (ring: number[][]) => `M${ring.map(([lon, lat]) => `${x(lon!)} ${y(lat!)}`).join('L')}Z`;
  const move = (dx: number, dy: number) => setAt({ lat: at.lat - dy * high, lon: at.lon + (dx * high) / narrow });
  const drag = (event: PointerEvent) => {
    if (!grip) return;
    const size = (event.currentTarget as Element).clientWidth;
    move((grip.x - event.clientX) / size, (grip.y - event.clientY) / size);
    setGrip({ x: event.clientX, y: event.clientY });
  };

  return (
    <div class="pin">
      <svg
        viewBox={`${-high / 2} ${-high / 2} ${high} ${high}`}
        role="img"
        aria-label={t('pin.title')}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setGrip({ x: event.clientX, y: event.clientY });
        }}
        onPointerMove={drag}
        onPointerUp={() => setGrip(null)}
      >
        {features.map((feature) => (
          <path key={feature.properties.code} class="district" d={ringsOf(feature).map(path).join('')} />
        ))}
        {points.map(({ id, name, position }) => (
          <g key={id} transform={`translate(${x(position.lon)} ${y(position.lat)}) scale(${high / 300})`}>
            <circle r="4" class="point" />
            <text y="-7">{name}</text>
          </g>
        ))}
        <g transform={`scale(${high / 300})`} class="cross">
          <circle r="9" />
          <path d="M0-18V18M-18 0H18" />
        </g>
      </svg>
      <p class="quiet">{t('pin.schematic')}</p>
      <div class="row">
        {(['↑', '↓', '←', '→'] as const).map((arrow) => (
          <button type="button" key={arrow} aria-label={t(`pin.${arrow}`)} onClick={() => move(({ '←': -0.1, '→': 0.1 } as Record<string, number>)[arrow] ?? 0, ({ '↑': -0.1, '↓': 0.1 } as Record<string, number>)[arrow] ?? 0)}>
            {arrow}
          </button>
        ))}
        <button type="button" aria-label={t('pin.nearer')} onClick={() => setHigh(Math.max(high / 2, 0.002))}>
          +
        </button>
        <button type="button" aria-label={t('pin.farther')} onClick={() => setHigh(Math.min(high * 2, 2))}>
          −
        </button>
      </div>
      <div class="row">
        <button
          type="button"
          class="primary"
          onClick={() => onDone({ ...at, source: 'manual', accuracy_m: Math.round((high / 20) * metresPerDegree) })}
        >
          {t('pin.done')}
        </button>
        <button type="button" onClick={() => onDone(undefined)}>
          {t('action.cancel')}
        </button>
      </div>
    </div>
  );
}
