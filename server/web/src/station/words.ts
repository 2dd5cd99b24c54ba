import { t } from '../shared/i18n';
import type { Intake } from './records';

/// "about 60–70", "63".
export function ageText(age: Intake['age']): string {
  if (age === null || age === undefined) return '';
  return Array.isArray(age) ? t('station.age.range', { from: age[0], to: age[1] }) : t('station.age.number', { age });
}
