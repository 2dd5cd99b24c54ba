// What administrators see (protocol/openapi.yaml).
import type { Api } from '../shared/api';
import type { Items, Point, ReporterKind, Role, Station, Team } from '../shared/contract';

export interface Named {
  id: string;
  display_name: string | null;
}

export interface User {
  id: string;
  role: Role;
  kind?: ReporterKind | null;
  username?: string | null;
  display_name: string | null;
  jurisdiction: string | null;
  team: string | null;
  station: string | null;
  disabled: boolean;
  pending: boolean;
  made_by: Named | null;
  made_at: string;
  confirmed_by: Named | null;
  confirmed_at: string | null;
}

export interface Device {
  id: string;
  name: string | null;
  created_at: string;
  expires_at: string | null;
  current: boolean;
}

export interface Invite {
  invite: string;
  expires_at: string;
  url: string;
}

export type Ring = [number, number][];
export interface Feature {
  type: 'Feature';
  geometry: { type: 'Polygon'; coordinates: Ring[] } | { type: 'MultiPolygon'; coordinates: Ring[][] } | null;
  properties: { code: string; name: string; parent: string | null; level?: number; schematic?: boolean };
}

export interface Change {
  count: number;
  items: { code: string; name: string }[];
}
export const changes = ['added', 'removed', 'moved', 'renamed', 'reshaped', 'missing'] as const;
export type Preview = { count: number } & Record<(typeof changes)[number], Change>;

/// What the whole page stands on; read anew after each change.
export interface Ground {
  teams: Team[];
  stations: Station[];
  points: Point[];
  features: Feature[];
}

export async function readGround(api: Api): Promise<Ground> {
  const [teams, stations, points, territory] = await Promise.all([
    api.get<Items<Team>>('/v1/teams'),
    api.get<Items<Station>>('/v1/stations'),
    api.get<Items<Point>>('/v1/points'),
    api.get<{ features: Feature[] }>('/v1/jurisdictions'),
  ]);
  return { teams: teams.items, stations: stations.items, points: points.items, features: territory.features };
}

export const nameOf = (ground: Ground, code: string | null) => ground.features.find(({ properties }) => properties.code === code)?.properties.name ?? code ?? '';

/// Where an account belongs: its unit, or its jurisdiction.
export function unitOf(ground: Ground, user: User): string {
  const team = ground.teams.find(({ id }) => id === user.team);
  const station = ground.stations.find(({ id }) => id === user.station);
  return team?.name ?? station?.name ?? (user.jurisdiction ? `${nameOf(ground, user.jurisdiction)} ${user.jurisdiction}` : '');
}

/// A password to be handed over: 16 letters and digits that are not mistaken for others.
export function newPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const text = Array.from(bytes, (byte) => letters[byte % letters.length]).join('');
  return text.replace(/(.{4})(?=.)/g, '$1-');
}
