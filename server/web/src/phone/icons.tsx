// Drawn here: no font and no other host is needed for them.
import type { Category } from '../shared/contract';

const shapes: Partial<Record<Category, string>> = {
  // a hand under a heart
  needs_help:
    'M32 30 20.6 19.2a7.6 7.6 0 0 1 11.4-10 7.6 7.6 0 0 1 11.4 10zM6 38h10l12 3h8a4 4 0 0 1 0 8H26v2h12l14-8a4 4 0 0 1 4 7L40 60H20l-6-4H6z',
  medical: 'M24 6h16v18h18v16H40v18H24V40H6V24h18z',
  // a small figure
  minor_at_risk: 'M32 6a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM20 28h24l8 14-5 3-6-9v22h-7V46h-4v12h-7V36l-6 9-5-3z',
  // two closed rings
  exploitation_suspected:
    'M22 18a14 14 0 1 0 9.9 23.9l-4.3-4.2A8 8 0 1 1 22 24a8 8 0 0 1 7.7 6h6.1A14 14 0 0 0 22 18zm20 0a14 14 0 0 0-9.9 4.1l4.3 4.2A8 8 0 1 1 42 40a8 8 0 0 1-7.7-6h-6.1A14 14 0 1 0 42 18z',
};

export function CategoryIcon({ of }: { of: Category }) {
  return (
    <svg class="icon" viewBox="0 0 64 64" aria-hidden="true">
      <path fill="currentColor" d={shapes[of] ?? shapes.needs_help} />
    </svg>
  );
}

export function PinIcon() {
  return (
    <svg class="mark-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path fill="currentColor" d="M12 1a8 8 0 0 1 8 8c0 5.4-8 14-8 14S4 14.4 4 9a8 8 0 0 1 8-8zm0 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6z" />
    </svg>
  );
}
