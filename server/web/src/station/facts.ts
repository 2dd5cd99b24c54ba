import type { Sighting } from '../shared/contract';
import { t, tOf } from '../shared/i18n';

/// "2 people · elderly, ill", as far as it is known.
export function facts({ people, traits, category }: Sighting): string {
  const count = t('station.people', { n: people ?? 1 });
  const what = category === 'needs_help' ? [] : [tOf('category', category)];
  const known = [...what, ...traits.map((trait) => tOf('trait', trait))];
  return known.length ? `${count} · ${known.join(t('list.comma'))}` : count;
}
