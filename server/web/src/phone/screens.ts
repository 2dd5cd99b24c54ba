// Which screen is shown. The phone's back button goes one back.
import { signal } from '@preact/signals';
import type { Category } from '../shared/contract';

export type Screen =
  | { name: 'home' }
  | { name: 'compose'; category: Category; marked?: string }
  | { name: 'report'; id: string; fresh?: boolean; lost?: boolean }
  | { name: 'task'; id: string }
  | { name: 'resolve'; id: string }
  | { name: 'people' }
  | { name: 'enrol' };

export const screen = signal<Screen>({ name: 'home' });

export function go(next: Screen) {
  history.pushState(next, '');
  show(next);
}

/// In place of the screen shown: back leads past it.
export function replace(next: Screen) {
  history.replaceState(next, '');
  show(next);
}

export const back = () => history.back();

function show(next: Screen) {
  screen.value = next;
  scrollTo(0, 0);
}

addEventListener('popstate', (event: PopStateEvent) => show((event.state as Screen | null) ?? { name: 'home' }));
