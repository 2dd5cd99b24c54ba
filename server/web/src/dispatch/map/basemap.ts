// The operator's base map, where there is one: vector tiles out of one PMTiles file, read by ranges. Loaded only then.
import * as leaflet from 'leaflet';
import { PMTiles } from 'pmtiles';

/// Markup out of the file's description, as the text it shows.
function plainText(markup: string): string {
  return new DOMParser().parseFromString(markup, 'text/html').body.textContent ?? '';
}

/// Puts it under everything else; gives what takes it off again, and whose data it is.
export async function showBasemap(map: leaflet.Map, dark: boolean, language: string): Promise<{ remove(): void; attribution: string }> {
  // The renderer looks for Leaflet there.
  (globalThis as { L?: typeof leaflet }).L ??= leaflet;
  const { leafletLayer } = await import('protomaps-leaflet');
  const tiles = new PMTiles('/v1/basemap');
  const [header, metadata] = await Promise.all([tiles.getHeader(), tiles.getMetadata()]);
  const layer = leafletLayer({
    url: tiles,
    maxDataZoom: header.maxZoom,
    flavor: dark ? 'dark' : 'light',
    lang: language === 'en' ? 'en' : 'zh-Hans',
    pane: 'base',
    noWrap: true,
  }) as unknown as leaflet.Layer;
  layer.addTo(map);
  const told = (metadata as { attribution?: unknown }).attribution;
  return { remove: () => layer.remove(), attribution: typeof told === 'string' ? plainText(told) : '' };
}
