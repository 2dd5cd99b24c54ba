// The map: the same rows as the list, on borders and, where the operator has one, a base map.
import { effect, signal } from '@preact/signals';
import { control, divIcon, latLng, LatLngBounds, map as makeMap, marker, polyline, type LatLng, type LeafletMouseEvent, type Map as LeafletMap, type Marker } from 'leaflet';
import 'leaflet/dist/leaflet.css';
import './map.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { language, t } from '../../shared/i18n';
import type { Desk } from '../desk';
import { toggleChosen } from '../list';
import { isClaimed } from '../model/pressing';
import { colourOf, showBorders } from './borders';
import { MarkerLayer } from './marker_layer';

const close = 16;

/// A word at a place: a team, a station.
function wordAt(place: { lat: number; lon: number }, text: string, kind: string): Marker {
  const word = document.createElement('span');
  word.textContent = text;
  return marker([place.lat, place.lon], { icon: divIcon({ className: `unit-mark ${kind}`, html: word, iconSize: undefined as never }), interactive: false, keyboard: false, pane: 'names' });
}

function bounds(places: readonly { lat: number; lon: number }[]): LatLngBounds | null {
  if (places.length === 0) return null;
  return new LatLngBounds(places.map(({ lat, lon }) => [lat, lon] as [number, number]));
}

/// Drawing with the shift key held takes what lies inside the line.
function lasso(map: LeafletMap, layer: MarkerLayer, onTaken: (ids: string[]) => void) {
  const line = polyline([], { color: '#d95d00', weight: 3, dashArray: '6 4', interactive: false });
  let drawing: LatLng[] | null = null;
  map.on('mousedown', (event: LeafletMouseEvent) => {
    if (!event.originalEvent.shiftKey) return;
    drawing = [event.latlng];
    map.dragging.disable();
    line.setLatLngs(drawing).addTo(map);
  });
  map.on('mousemove', (event: LeafletMouseEvent) => {
    if (!drawing) return;
    drawing.push(event.latlng);
    line.setLatLngs(drawing);
  });
  const end = () => {
    if (!drawing) return;
    const taken = drawing;
    drawing = null;
    line.remove();
    map.dragging.enable();
    if (taken.length > 3) onTaken(layer.inside(taken));
  };
  addEventListener('mouseup', end);
  return () => removeEventListener('mouseup', end);
}

/// The base map, which comes later than what asks for it; gives what takes it off again.
function underlay(map: LeafletMap, dark: boolean, words: string, onAttribution: (text: string) => void): () => void {
  let stopped = false;
  let remove = () => {};
  import('./basemap')
    .then(({ showBasemap }) => showBasemap(map, dark, words))
    .then(
      (shown) => {
        if (stopped) return shown.remove();
        remove = shown.remove;
        onAttribution(shown.attribution);
      },
      // The borders are ground enough; what is wrong with the file stands in the server's health.
      (error) => console.warn('no base map:', error),
    );
  return () => {
    stopped = true;
    remove();
  };
}

const scheme = matchMedia('(prefers-color-scheme: dark)');

function begin(desk: Desk, box: HTMLElement, onAttribution: (text: string) => void): () => void {
  const map = makeMap(box, {
    center: [34.8, 114.35],
    zoom: 11,
    minZoom: 4,
    maxZoom: 19,
    zoomAnimation: false,
    fadeAnimation: false,
    boxZoom: false,
    zoomControl: false,
    attributionControl: false,
    keyboardPanDelta: 120,
  });
  for (const [name, order] of [['base', 200], ['borders', 250], ['names', 350]] as const) map.createPane(name).style.zIndex = String(order);
  map.getPane('names')!.style.pointerEvents = 'none';
  control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  const layer = new MarkerLayer();
  layer.addTo(map);
  const stops: (() => void)[] = [];
  let framed = false;

  stops.push(lasso(map, layer, (ids) => (desk.chosen.value = new Set([...desk.chosen.value, ...ids]))));

  map.on('click', (event: LeafletMouseEvent) => {
    if (event.originalEvent.shiftKey) return;
    if (desk.pinning.value) {
      desk.pin.value = { lat: event.latlng.lat, lon: event.latlng.lng };
      return;
    }
    const found = layer.at(event.latlng);
    if (!found) return;
    if (found.count > 1 && map.getZoom() < map.getMaxZoom()) {
      map.setView(event.latlng, Math.min(map.getMaxZoom(), map.getZoom() + 2));
      return;
    }
    if (event.originalEvent.ctrlKey || event.originalEvent.metaKey) toggleChosen(desk, found.first.row.sighting.id);
    else desk.select(found.first.row.sighting.id);
  });

  stops.push(effect(() => {
    const { rows } = desk.view.value;
    const now = desk.now.value;
    layer.show({
      rows,
      selected: desk.selected.value,
      chosen: desk.chosen.value,
      claimed: ({ sighting }) => (isClaimed(sighting, now) ? (sighting.claimed_by === desk.me.id ? 'mine' : 'other') : ''),
    });
    // Once, on what there is to do; afterwards the map stays where the dispatcher put it.
    if (framed || !desk.state.value.caughtUp) return;
    const home = desk.me.jurisdiction ? desk.tree.value.area(desk.me.jurisdiction) : null;
    const all = bounds(rows.map(({ sighting }) => sighting.position));
    if (!all && !home) return;
    framed = true;
    if (all) map.fitBounds(all.pad(0.15), { maxZoom: 14, animate: false });
    else if (home) map.fitBounds(latLng(home.centre.lat, home.centre.lon).toBounds(2 * home.radius), { animate: false });
  }));

  const dark = signal(scheme.matches);
  const onScheme = () => (dark.value = scheme.matches);
  scheme.addEventListener('change', onScheme);
  stops.push(() => scheme.removeEventListener('change', onScheme));
  stops.push(effect(() => {
    void dark.value;
    box.style.background = colourOf('--outside');
    return showBorders(map, desk.tree.value, !desk.settings.value?.basemap);
  }));
  stops.push(effect(() => {
    if (!desk.settings.value?.basemap) return;
    return underlay(map, dark.value, language.value, onAttribution);
  }));

  let unitMarks: Marker[] = [];
  stops.push(effect(() => {
    for (const one of unitMarks) one.remove();
    unitMarks = [
      ...desk.stations.value.filter(({ position }) => position).map((one) => wordAt(one.position!, one.name, 'station')),
      ...desk.teams.value.filter(({ position }) => position).map((one) => wordAt(one.position!, one.name, 'team')),
    ];
    for (const one of unitMarks) one.addTo(map);
  }));

  // The selected one is brought into view, and no further than needed.
  let lastSelected: string | null = null;
  stops.push(effect(() => {
    const id = desk.selected.value;
    if (id === lastSelected) return;
    lastSelected = id;
    const position = desk.find(id)?.position;
    if (position && !map.getBounds().pad(-0.1).contains([position.lat, position.lon])) map.panTo([position.lat, position.lon], { animate: false });
  }));

  let pinMark: Marker | null = null;
  stops.push(effect(() => {
    const at = desk.pin.value;
    box.classList.toggle('pinning', desk.pinning.value);
    pinMark?.remove();
    pinMark = null;
    if (!at) return;
    pinMark = marker([at.lat, at.lon], { icon: divIcon({ className: 'pin', iconSize: [26, 32], iconAnchor: [13, 32] }), draggable: true, autoPan: true, keyboard: false, alt: t('dispatch.pin.name') }).addTo(map);
    pinMark.on('dragend', () => {
      const to = pinMark?.getLatLng();
      if (to) desk.pin.value = { lat: to.lat, lon: to.lng };
    });
    if (!map.getBounds().contains([at.lat, at.lon])) map.panTo([at.lat, at.lon], { animate: false });
  }));

  const resized = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  resized.observe(box);

  const onOrder = (event: Event) => {
    const { detail } = event as CustomEvent<MapOrder>;
    const position = desk.find(desk.selected.value)?.position;
    if (detail === 'closer' && position) map.setView([position.lat, position.lon], Math.max(close, map.getZoom()), { animate: false });
    else if (detail === 'in') map.zoomIn();
    else if (detail === 'out') map.zoomOut();
    else if (detail === 'all') {
      const all = bounds(desk.view.value.rows.map(({ sighting }) => sighting.position));
      if (all) map.fitBounds(all.pad(0.15), { maxZoom: close, animate: false });
    } else if (detail === 'pin') {
      const { lat, lng } = map.getCenter();
      desk.pin.value = { lat, lon: lng };
    }
  };
  addEventListener(orderName, onOrder);

  return () => {
    removeEventListener(orderName, onOrder);
    resized.disconnect();
    for (const stop of stops) stop();
    map.remove();
  };
}

/// What keys and buttons ask of the map: to show the selected one close, all, nearer, farther; to pin its middle.
export type MapOrder = 'closer' | 'all' | 'in' | 'out' | 'pin';
const orderName = 'waystation-map';
export const orderMap = (order: MapOrder) => dispatchEvent(new CustomEvent(orderName, { detail: order }));

export function MapView({ desk }: { desk: Desk }) {
  const box = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  const [attribution, setAttribution] = useState('');
  useEffect(() => {
    const stop = begin(desk, box.current!, setAttribution);
    setReady(true);
    return stop;
  }, [desk]);
  void language.value;
  // Drawn, since not every desk has a font with such signs.
  const buttons: [MapOrder, string, string][] = [
    ['in', 'M12 5v14M5 12h14', t('dispatch.map.in')],
    ['out', 'M5 12h14', t('dispatch.map.out')],
    ['all', 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5', t('dispatch.map.all')],
    ['closer', 'M12 2v6M12 16v6M2 12h6M16 12h6M12 11v2', t('dispatch.map.closer')],
  ];
  return (
    <section class="map" aria-label={t('dispatch.map.name')}>
      <div class="map-box" ref={box} role="application" aria-label={t('dispatch.map.how')} data-ready={ready} />
      <div class="map-buttons">
        {buttons.map(([order, sign, name]) => (
          <button key={order} type="button" title={name} aria-label={name} onClick={() => orderMap(order)}>
            <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
              <path d={sign} />
            </svg>
          </button>
        ))}
      </div>
      <p class="schematic">
        {desk.tree.value.schematic && t('dispatch.map.schematic')} {attribution}
      </p>
      {desk.pinning.value && <p class="pin-hint">{t('dispatch.pin.hint')}</p>}
    </section>
  );
}
