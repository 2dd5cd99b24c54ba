import type { ComponentChild } from 'preact';
import { render } from 'preact';
import './base.css';
import { loadWords } from './i18n';

/// Draws a page once its words are there.
export async function mount(page: ComponentChild) {
  await loadWords();
  render(page, document.getElementById('page')!);
}
