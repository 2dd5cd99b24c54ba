// Words in two languages, one file each in ../words. zh-CN has the keys; a language that lacks one does not build.
import { signal } from '@preact/signals';
import type zh from '../words/zh-CN';

export type Words = typeof zh;
export type Key = keyof Words;
export type Language = 'zh-CN' | 'en';

const loaders: Record<Language, () => Promise<{ default: Words }>> = {
  'zh-CN': () => import('../words/zh-CN'),
  en: () => import('../words/en'),
};
const remembered = 'waystation.language';

/// The language shown; components that call t() are drawn anew when it changes.
export const language = signal<Language>('zh-CN');
let words: Words | undefined;

function wanted(): Language {
  const chosen = localStorage.getItem(remembered);
  if (chosen === 'en' || chosen === 'zh-CN') return chosen;
  const first = navigator.languages.find((tag) => /^(zh|en)\b/.test(tag)) ?? 'zh';
  return first.startsWith('en') ? 'en' : 'zh-CN';
}

async function show(next: Language) {
  words = (await loaders[next]()).default;
  language.value = next;
  document.documentElement.lang = next;
}

/// Before anything is drawn.
export const loadWords = () => show(wanted());

/// What a person chose; remembered on this device.
export async function chooseLanguage(next: Language) {
  await show(next);
  localStorage.setItem(remembered, next);
}

/// The text of a key, `{name}`s filled in. "one|many" is chosen by `n`.
export function t(key: Key, values: Record<string, string | number> = {}): string {
  void language.value; // subscribes whoever draws
  const forms = (words?.[key] ?? key).split('|');
  const form = (values['n'] === 1 ? forms[0] : forms[forms.length - 1]) ?? '';
  return form.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/// The text of `<group>.<name>` for a name that the server chose; the name itself where there is none.
export function tOf(group: string, name: string): string {
  const key = `${group}.${name}`;
  return words && key in words ? t(key as Key) : (void language.value, name);
}
