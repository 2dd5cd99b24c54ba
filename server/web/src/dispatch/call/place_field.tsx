// A field that suggests while one types, by mouse or keys (the combobox of WAI-ARIA).
import { useState } from 'preact/hooks';
import { t } from '../../shared/i18n';
import type { Suggestion } from './places';

interface PlaceFieldProps {
  label: string;
  hint: string;
  value: string;
  suggestions: readonly Suggestion[];
  onText(text: string): void;
  onPick(one: Suggestion): void;
}

export function PlaceField({ label, hint, value, suggestions, onText, onPick }: PlaceFieldProps) {
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const shown = open && suggestions.length > 0;
  const pick = (one: Suggestion) => {
    setOpen(false);
    setAt(-1);
    onPick(one);
  };
  const onKey = (event: KeyboardEvent) => {
    if (!shown) return;
    if (event.key === 'ArrowDown') setAt(Math.min(suggestions.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(-1, at - 1));
    else if (event.key === 'Enter' && at >= 0) pick(suggestions[at]!);
    else if (event.key === 'Escape') setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="combo">
      <label>
        {label}
        <input
          name="place"
          role="combobox"
          autocomplete="off"
          maxLength={200}
          aria-expanded={shown}
          aria-controls="place-suggestions"
          aria-autocomplete="list"
          aria-activedescendant={shown && at >= 0 ? `place-${at}` : undefined}
          aria-describedby="place-hint"
          value={value}
          onInput={(event) => {
            setOpen(true);
            setAt(-1);
            onText(event.currentTarget.value);
          }}
          onKeyDown={onKey}
          onBlur={() => setOpen(false)}
        />
      </label>
      <ul id="place-suggestions" role="listbox" aria-label={t('dispatch.call.suggestions')} hidden={!shown}>
        {suggestions.map((one, index) => (
          <li
            key={one.key}
            id={`place-${index}`}
            role="option"
            aria-selected={index === at}
            // Before the field loses the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              pick(one);
            }}
          >
            <b>{one.name}</b> <span class="quiet">{one.under}</span> <span class="tag">{t(`dispatch.call.kind.${one.kind}`)}</span>
          </li>
        ))}
      </ul>
      <p id="place-hint" class="quiet">
        {hint}
      </p>
    </div>
  );
}
