// Where a caller may mean: names of the tree, service points, stations, and places reported before.
import type { Items, Point } from '../../shared/contract';
import type { Desk } from '../desk';
import { findNodes } from '../model/tree';
import { jurisdictionName } from '../say';

export interface Suggestion {
  key: string;
  name: string;
  /// What it is part of.
  under: string;
  lat: number;
  lon: number;
  /// Metres within which it lies.
  accuracy: number;
  kind: 'jurisdiction' | 'point' | 'station' | 'reported';
}

const most = 8;

export function suggest(desk: Desk, points: readonly Point[], text: string): Suggestion[] {
  const wanted = text.trim();
  if (!wanted) return [];
  const found: Suggestion[] = [];
  for (const { id, name, position, address } of points)
    if (name.includes(wanted)) found.push({ key: id, name, under: address ?? '', lat: position.lat, lon: position.lon, accuracy: 50, kind: 'point' });
  for (const { id, name, position, address } of desk.stations.value)
    if (position && name.includes(wanted)) found.push({ key: id, name, under: address ?? '', lat: position.lat, lon: position.lon, accuracy: 50, kind: 'station' });
  for (const { code, name } of findNodes(desk.tree.value, wanted, null, most)) {
    const area = desk.tree.value.area(code);
    if (!area) continue;
    const under = desk.tree.value.path(code).slice(0, -1).map((node) => node.name).join(' ');
    found.push({ key: code, name, under, lat: area.centre.lat, lon: area.centre.lon, accuracy: Math.round(area.radius), kind: 'jurisdiction' });
  }
  const places = new Set<string>();
  for (const { sighting } of desk.state.value.items.values()) {
    const { place, position } = sighting;
    if (!place?.includes(wanted) || places.has(place)) continue;
    places.add(place);
    if (places.size > most) break;
    found.push({ key: sighting.id, name: place, under: jurisdictionName(desk, sighting.jurisdiction), lat: position.lat, lon: position.lon, accuracy: Math.max(50, position.accuracy_m ?? 50), kind: 'reported' });
  }
  return found.slice(0, 2 * most);
}

export async function loadPoints(desk: Desk): Promise<readonly Point[]> {
  return (await desk.api.get<Items<Point>>('/v1/points')).items;
}
