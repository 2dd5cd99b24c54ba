// A form that gives one command, and what becomes of it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CommandName, Problem, Sighting } from '../../shared/contract';
import { t } from '../../shared/i18n';
import { uuid } from '../../shared/uuid';
import type { Desk } from '../desk';
import { differences } from '../model/changes';
import { possible } from '../model/commands';
import { Changed } from './changed';

interface TaskFormProps {
  desk: Desk;
  /// As it is now.
  sighting: Sighting;
  name: CommandName;
  title: string;
  submit: string;
  /// The command's body, or why there is none yet.
  body(form: FormData): object | string;
  children: ComponentChildren;
}

/// Puts the cursor into the first field of a form that has just opened.
export function useFirstField<T extends HTMLElement>() {
  const form = useRef<T>(null);
  useEffect(() => {
    const fields = Array.from(form.current?.querySelectorAll<HTMLElement>('input:not([type=hidden]), textarea, select') ?? []);
    (fields.find((field) => field instanceof HTMLInputElement && field.type === 'radio' && field.checked) ?? fields[0])?.focus();
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return form;
}

export function TaskForm({ desk, sighting, name, title, submit, body, children }: TaskFormProps) {
  const form = useFirstField<HTMLFormElement>();
  // What the dispatcher saw when deciding.
  const [base, setBase] = useState(sighting);
  const [clash, setClash] = useState<{ current: Sighting | null; problem: Problem } | null>(null);
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const sent = useRef({ id: '', text: '' });

  const moved = name !== 'comment' && sighting.version > base.version && differences(base, sighting).length > 0;
  const current = clash ? clash.current : moved ? sighting : null;
  const close = () => (desk.task.value = null);

  const onSubmit = async (event: Event) => {
    event.preventDefault();
    const told = body(new FormData(form.current!));
    if (typeof told === 'string') return setWhy(told);
    // The same again, after no answer came, is the same command.
    const text = JSON.stringify([base.version, told]);
    if (sent.current.text !== text) sent.current = { id: uuid(), text };
    setBusy(true);
    setWhy('');
    const outcome = await desk.send(base, name, told, sent.current.id);
    setBusy(false);
    if (outcome.is === 'failed') return setWhy(outcome.why);
    if (outcome.is === 'conflict') return setClash(outcome);
    desk.said.value = t('dispatch.done', { what: title });
    close();
  };

  return (
    <form class="task" ref={form} onSubmit={onSubmit} aria-label={title}>
      <h3>{title}</h3>
      {(clash || moved) && (
        <Changed
          desk={desk}
          before={base}
          current={current}
          problem={clash?.problem}
          possible={current !== null && possible(current, desk.me, desk.now.value).has(name)}
          onGoOn={() => {
            if (current) setBase(current);
            setClash(null);
          }}
          onLeave={close}
        />
      )}
      {children}
      {why && (
        <p class="wrong" role="alert">
          {why}
        </p>
      )}
      <div class="buttons">
        <button class="primary" disabled={busy || clash !== null || moved}>
          {submit}
        </button>
        <button type="button" onClick={close}>
          {t('action.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

/// The text of a field, or nothing where it is empty.
export const textOf = (form: FormData, name: string): string | undefined => String(form.get(name) ?? '').trim() || undefined;

interface ChoicesProps<T extends string> {
  name: string;
  legend: string;
  values: readonly T[];
  label(value: T): string;
  checked?: readonly string[];
  type?: 'radio' | 'checkbox';
  onChange?(value: T): void;
}

/// A few values to choose one or several of.
export function Choices<T extends string>({ name, legend, values, label, checked = [], type = 'radio', onChange }: ChoicesProps<T>) {
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {values.map((value) => (
        <label key={value} class="choice">
          <input type={type} name={name} value={value} defaultChecked={checked.includes(value)} onChange={() => onChange?.(value)} />
          <span>{label(value)}</span>
        </label>
      ))}
    </fieldset>
  );
}
