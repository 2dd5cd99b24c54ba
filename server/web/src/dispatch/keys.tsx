// Everything by keyboard, and the sheet that tells how.
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../shared/i18n';
import type { Desk } from './desk';
import { toggleChosen } from './list';
import { orderMap } from './map/map';
import { act, actionsNow } from './panel/panel';

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) && !(target instanceof HTMLInputElement && /^(radio|checkbox|button)$/.test(target.type));

export interface PageKeys {
  newCall(): void;
  round(): void;
  help(): void;
  /// Closes the innermost of what is open; false when nothing was.
  back(): boolean;
}

export function useKeys(desk: Desk, page: PageKeys) {
  useEffect(() => {
    const focusList = () => document.querySelector<HTMLElement>('.list')?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog[open]')) return;
      if (event.key === 'Escape') {
        if (page.back()) event.preventDefault();
        return;
      }
      if (isTyping(event.target)) return;
      const selected = desk.find(desk.selected.value);
      const key = event.key.toLowerCase();
      const does: Record<string, () => void> = {
        n: () => {
          desk.selectNext();
          focusList();
        },
        t: page.newCall,
        '/': () => document.getElementById('search')?.focus(),
        '?': page.help,
        x: () => selected && toggleChosen(desk, selected.id),
        z: () => orderMap('closer'),
        u: () => (desk.alarm.muted.value = !desk.alarm.muted.value),
      };
      const action = selected && desk.task.value !== 'call' && actionsNow(desk, selected).find((one) => one.key === key);
      if (key === 'a' && desk.chosen.value.size > 1) page.round();
      else if (does[key]) does[key]();
      else if (selected && action) void act(desk, selected, action.name, action.task);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [desk, page]);
}

const sheet = [
  ['N', 'next'], ['↑ ↓', 'move'], ['Enter', 'open'], ['C', 'claim'], ['A', 'assign'], ['R', 'refer'], ['L', 'link'], ['M', 'comment'],
  ['E', 'triage'], ['D', 'amend'], ['O', 'resolve'], ['X', 'choose'], ['Shift ↑ ↓', 'extend'], ['T', 'call'], ['/', 'search'], ['Z', 'closer'],
  ['U', 'mute'], ['Esc', 'back'], ['?', 'help'],
] as const;

export function Help({ open, onClose }: { open: boolean; onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open && dialog.current?.open) dialog.current.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">{t('dispatch.help.title')}</h2>
      <table>
        <tbody>
          {sheet.map(([key, what]) => (
            <tr key={what}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{t(`dispatch.help.${what}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>{t('dispatch.help.map')}</p>
      <button type="button" class="primary" onClick={onClose}>
        {t('action.close')} <kbd>Esc</kbd>
      </button>
    </dialog>
  );
}
