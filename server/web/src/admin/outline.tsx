// Jurisdictions and places drawn as they lie, without tiles from anywhere.
import type { Feature, Ring } from './model';
import { t } from '../shared/i18n';

interface Mark {
  lat: number;
  lon: number;
  name: string;
}

interface OutlineProps {
  features: Feature[];
  chosen?: string | null;
  onChoose?(code: string): void;
  marks?: Mark[];
  /// What the outline is drawn around; all of it without.
  around?: string | null;
  /// A click gives the position under it.
  onPlace?(position: { lat: number; lon: number }): void;
}

const width = 1000;

const ringsOf = ({ geometry }: Feature): Ring[] =>
  geometry === null ? [] : geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat();

interface Frame {
  west: number;
  north: number;
  scale: number;
  squeeze: number;
  height: number;
}

/// The frame that holds all of it; distances east are shortened as they are at that latitude.
function frameOf(features: Feature[], marks: Mark[]): Frame | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const hold = (lon: number, lat: number) => {
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  };
  for (const feature of features) for (const ring of ringsOf(feature)) for (const [lon, lat] of ring) hold(lon, lat);
  for (const { lat, lon } of marks) hold(lon, lat);
  if (west === Infinity) return null;
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = width / Math.max(1e-6, (east - west) * squeeze);
  return { west, north, scale, squeeze, height: Math.max(1, (north - south) * scale) };
}

export function Outline({ features, chosen, onChoose, marks = [], around, onPlace }: OutlineProps) {
  const drawn = features.filter(({ geometry }) => geometry);
  const centre = drawn.filter(({ properties }) => properties.code === around);
  const frame = centre.length ? frameOf(centre, []) : frameOf(drawn, marks);
  if (!frame) return <p class="quiet">{t('admin.outline.none')}</p>;
  const { west, north, scale, squeeze, height } = frame;
  const x = (lon: number) => (lon - west) * squeeze * scale;
  const y = (lat: number) => (north - lat) * scale;
  const path = (feature: Feature) => ringsOf(feature).map((ring) => `M${ring.map(([lon, lat]) => `${x(lon).toFixed(1)} ${y(lat).toFixed(1)}`).join('L')}Z`).join('');
  const click = (event: MouseEvent) => {
    if (!onPlace) return;
    const svg = event.currentTarget as SVGSVGElement;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()!.inverse());
    onPlace({ lat: Number((north - at.y / scale).toFixed(6)), lon: Number((west + at.x / (scale * squeeze)).toFixed(6)) });
  };
  const inset = 30;
  return (
    <svg class={onPlace ? 'outline placing' : 'outline'} viewBox={`${-inset} ${-inset} ${width + 2 * inset} ${height + 2 * inset}`} role="img" aria-label={t('admin.outline')} onClick={click}>
      {drawn.map((feature) => (
        <path
          key={feature.properties.code}
          class={feature.properties.code === chosen ? 'area chosen' : 'area'}
          fill-rule="evenodd"
          d={path(feature)}
          onClick={() => onChoose?.(feature.properties.code)}
        >
          <title>{`${feature.properties.name} ${feature.properties.code}`}</title>
        </path>
      ))}
      {marks.map(({ lat, lon, name }) => (
        <g key={`${name}${lat}${lon}`}>
          <circle class="place" cx={x(lon)} cy={y(lat)} r={9} />
          <text x={x(lon) + 14} y={y(lat) + 6}>
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}
