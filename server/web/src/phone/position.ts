// Where the phone is: the fix at the moment it is asked for, with how good and how old it is.
import { signal } from '@preact/signals';
import type { Position } from '../shared/contract';
import { setSetting, setting } from './db';

export interface Fix {
  lat: number;
  lon: number;
  accuracy: number;
  /// Milliseconds.
  at: number;
}

/// The newest fix, from now or from before.
export const fix = signal<Fix | undefined>(undefined);
export type Finding = 'off' | 'finding' | 'found' | 'refused' | 'failed';
export const finding = signal<Finding>('off');

/// A fix older than this is told as the last place known.
export const freshFor = 60_000;
const remembered = 'fix';

let watch: number | undefined;

/// Looks for the place while a screen needs it.
export function lookForPlace() {
  if (!navigator.geolocation) return void (finding.value = 'failed');
  if (watch !== undefined) return;
  finding.value = 'finding';
  void setting<Fix>(remembered).then((last) => (fix.value ??= last));
  watch = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      // Some phones count from their start: a time that cannot be is taken for now.
      const at = Math.abs(timestamp - Date.now()) < 24 * 3600_000 ? timestamp : Date.now();
      fix.value = { lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy, at };
      finding.value = 'found';
    },
    (error) => (finding.value = error.code === error.PERMISSION_DENIED ? 'refused' : 'failed'),
    { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 },
  );
}

export function stopLooking() {
  if (watch !== undefined) navigator.geolocation.clearWatch(watch);
  watch = undefined;
  finding.value = 'off';
  if (fix.value) void setSetting(remembered, fix.value);
}

/// As the contract has it. Satellites are told from masts by how good the fix is.
export const positionOf = ({ lat, lon, accuracy, at }: Fix, now = Date.now()): Position => ({
  lat,
  lon,
  accuracy_m: Math.round(accuracy * 10) / 10,
  source: accuracy <= 50 ? 'gps' : 'network',
  fix_age_s: Math.max(0, Math.round((now - at) / 1000)),
});
