// The ground: borders of the jurisdictions with their names, drawn from what the server has.
import { GeoJSON, LayerGroup, canvas, tooltip, type Layer, type Map as LeafletMap } from 'leaflet';
import type { Node, Tree } from '../model/tree';

const streetsFrom = 13; // the zoom from which streets and communities are drawn

/// A colour of the style sheet, light or dark as the page is.
export const colourOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function nameTag(node: Node, tree: Tree, pane: string): Layer | null {
  const area = tree.area(node.code);
  if (!area) return null;
  const text = document.createElement('span');
  text.textContent = node.name; // never as markup
  return tooltip({ permanent: true, direction: 'center', className: 'area-name', pane, interactive: false, opacity: 1 })
    .setLatLng([area.centre.lat, area.centre.lon])
    .setContent(text);
}

/// Adds them to the map, and gives what takes them off again.
export function showBorders(map: LeafletMap, tree: Tree, filled: boolean): () => void {
  const renderer = canvas({ pane: 'borders', padding: 0.5 });
  const above = new LayerGroup();
  const below = new LayerGroup();
  for (const node of tree.nodes.values()) {
    if (!node.geometry) continue;
    const group = node.level <= 1 ? above : below;
    const lines = new GeoJSON(undefined, {
      interactive: false,
      style: {
        renderer,
        interactive: false,
        color: colourOf('--border'),
        weight: node.level === 0 ? 2.5 : 1.5,
        fillColor: colourOf('--ground'),
        fillOpacity: filled && node.level === 1 ? 1 : 0,
      },
    } as ConstructorParameters<typeof GeoJSON>[1]);
    lines.addData({ type: 'Feature', geometry: node.geometry, properties: {} } as Parameters<GeoJSON['addData']>[0]);
    group.addLayer(lines);
    const name = node.level > 0 ? nameTag(node, tree, 'names') : null;
    if (name) group.addLayer(name);
  }
  const byZoom = () => {
    if (map.getZoom() >= streetsFrom) map.addLayer(below);
    else map.removeLayer(below);
  };
  map.addLayer(above);
  byZoom();
  map.on('zoomend', byZoom);
  return () => {
    map.off('zoomend', byZoom);
    map.removeLayer(above);
    map.removeLayer(below);
    renderer.remove();
  };
}


