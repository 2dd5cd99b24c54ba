// The districts' outlines, kept on the phone so that a pin can be set without network.
import { createApi } from '../shared/api';
import { setSetting, setting } from './db';

export interface Feature {
  geometry: { type: 'Polygon' | 'MultiPolygon'; coordinates: number[][][] | number[][][][] } | null;
  properties: { code: string; name: string };
}

const remembered = 'districts';

export const keptDistricts = () => setting<Feature[]>(remembered);

/// From the server; streets and communities are left out.
export async function takeDistricts(token: string): Promise<Feature[]> {
  const { features } = await createApi(token).get<{ features: Feature[] }>('/v1/jurisdictions');
  const top = features.filter(({ properties: { code }, geometry }) => geometry && code.length <= 6);
  await setSetting(remembered, top);
  return top;
}
