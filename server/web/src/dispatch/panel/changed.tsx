import type { Problem, Sighting } from '../../shared/contract';
import { t } from '../../shared/i18n';
import { changeLines } from '../say';
import type { Desk } from '../desk';

interface ChangedProps {
  desk: Desk;
  before: Sighting;
  /// null where it can no longer be seen.
  current: Sighting | null;
  problem?: Problem | undefined;
  /// Whether what was meant can still be done.
  possible: boolean;
  onGoOn(): void;
  onLeave(): void;
}

/// What others did meanwhile, in place of an error; what was meant can be gone on with.
export function Changed({ desk, before, current, problem, possible, onGoOn, onLeave }: ChangedProps) {
  const lines = current ? changeLines(desk, before, current) : [];
  return (
    <div class="changed" role="alert">
      <h3>{current ? t('dispatch.changed.title') : t('dispatch.changed.gone')}</h3>
      {lines.length > 0 && <ul>{lines.map((line) => <li key={line}>{line}</li>)}</ul>}
      {current && lines.length === 0 && <p>{problem?.type.endsWith('invalid-transition') ? t('problem.invalid-transition') : t('dispatch.changed.entries')}</p>}
      {current && !possible && <p>{t('dispatch.changed.not_now')}</p>}
      <div class="buttons">
        {current && possible && (
          <button type="button" class="primary" onClick={onGoOn}>
            {t('dispatch.changed.go_on')}
          </button>
        )}
        <button type="button" onClick={onLeave}>
          {t('dispatch.changed.leave')}
        </button>
      </div>
    </div>
  );
}
