// What went wrong, in words for the person at the page.
import { Refusal, Unreachable } from './api';
import { t, tOf } from './i18n';

/// Anything that is no Refusal and no Unreachable is a fault of the page's own: it is thrown on.
export function explain(error: unknown): string {
  if (error instanceof Unreachable) return t('problem.unreachable');
  if (!(error instanceof Refusal)) throw error;
  const key = `problem.${error.slug}`;
  const told = tOf('problem', error.slug);
  if (told === error.slug || told === key) return t('problem.other', { status: error.status });
  const fields = (error.problem.errors ?? []).map((one) => `${one.pointer} ${one.detail}`);
  return fields.length ? `${told} ${fields.join('; ')}` : told;
}
