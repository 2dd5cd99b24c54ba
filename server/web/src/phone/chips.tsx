// Large buttons that stay pressed.
import type { ComponentChildren } from 'preact';

interface ChipProps {
  on: boolean;
  onPress(): void;
  children: ComponentChildren;
}

export function Chip({ on, onPress, children }: ChipProps) {
  return (
    <button type="button" class="chip" aria-pressed={on} onClick={onPress}>
      {children}
    </button>
  );
}

interface ChipsProps<T extends string> {
  title: string;
  of: readonly T[];
  chosen: readonly T[];
  label(one: T): string;
  onChange(chosen: T[]): void;
  /// At most one is pressed.
  single?: boolean;
}

export function Chips<T extends string>({ title, of, chosen, label, onChange, single = false }: ChipsProps<T>) {
  const toggle = (one: T) => {
    const without = chosen.filter((other) => other !== one);
    onChange(chosen.includes(one) ? without : single ? [one] : [...without, one]);
  };
  return (
    <div class="chips" role="group" aria-label={title}>
      <h3>{title}</h3>
      <div>
        {of.map((one) => (
          <Chip key={one} on={chosen.includes(one)} onPress={() => toggle(one)}>
            {label(one)}
          </Chip>
        ))}
      </div>
    </div>
  );
}

interface CounterProps {
  title: string;
  value: number;
  least?: number;
  most?: number;
  onChange(value: number): void;
}

export function Counter({ title, value, least = 1, most = 999, onChange }: CounterProps) {
  return (
    <div class="counter" role="group" aria-label={title}>
      <h3>{title}</h3>
      <div>
        <button type="button" aria-label="−" disabled={value <= least} onClick={() => onChange(value - 1)}>
          −
        </button>
        <output>{value}</output>
        <button type="button" aria-label="+" disabled={value >= most} onClick={() => onChange(value + 1)}>
          +
        </button>
      </div>
    </div>
  );
}
