// The registration of one person: every field may stay empty; what is typed is kept at once on this computer.
import { useEffect, useState } from 'preact/hooks';
import type { Sighting } from '../shared/contract';
import { useDoing } from '../shared/doing';
import { t, tOf, type Key } from '../shared/i18n';
import { clock } from '../shared/time';
import { Wrong } from '../shared/wrong';
import { draftsOf, dropDraft, saveDraft } from './drafts';
import type { Model } from './model';
import { workingLabel, type Intake, type Relative } from './records';
import { Sheet } from './sheet';

/// The form as it is typed.
export interface Fields {
  name: string;
  cannotTell: boolean;
  label: string;
  sex: string;
  age: string;
  ageTo: string;
  range: boolean;
  documentKind: string;
  documentNumber: string;
  registered_residence: string;
  residence: string;
  allowance: string;
  reason: string;
  since: string;
  course: string;
  relatives: Relative[];
  belongings: string;
}

const empty: Fields = {
  name: '', cannotTell: false, label: '', sex: '', age: '', ageTo: '', range: false, documentKind: '', documentNumber: '',
  registered_residence: '', residence: '', allowance: '', reason: '', since: '', course: '', relatives: [], belongings: '',
};

export function fieldsOf(intake: Intake): Fields {
  const { age, document } = intake;
  const [from, to] = Array.isArray(age) ? age : [age, undefined];
  const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));
  return {
    name: text(intake.name),
    cannotTell: !intake.name && Boolean(intake.label),
    label: text(intake.label),
    sex: text(intake.sex),
    age: text(from),
    ageTo: text(to),
    range: Array.isArray(age),
    documentKind: text(document?.kind),
    documentNumber: text(document?.number),
    registered_residence: text(intake.registered_residence),
    residence: text(intake.residence),
    allowance: text(intake.allowance),
    reason: text(intake.reason),
    since: text(intake.since),
    course: text(intake.course),
    relatives: intake.relatives ?? [],
    belongings: text(intake.belongings),
  };
}

/// What is sent: what was filled in, and nothing else.
export function intakeOf(id: string, fields: Fields): Intake {
  const intake: Record<string, unknown> = { id };
  const put = (name: string, value: string) => {
    if (value.trim()) intake[name] = value.trim();
  };
  if (fields.cannotTell) put('label', fields.label);
  else put('name', fields.name);
  for (const name of ['sex', 'registered_residence', 'residence', 'allowance', 'reason', 'since', 'course', 'belongings'] as const) put(name, fields[name]);
  const ages = [fields.age, ...(fields.range ? [fields.ageTo] : [])].filter((age) => age !== '').map(Number).sort((a, b) => a - b);
  if (ages.length) intake['age'] = ages.length === 2 ? ages : ages[0];
  const document = { ...(fields.documentKind.trim() && { kind: fields.documentKind.trim() }), ...(fields.documentNumber.trim() && { number: fields.documentNumber.trim() }) };
  if (Object.keys(document).length) intake['document'] = document;
  const relatives = fields.relatives.map((one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value?.trim()))).filter((one) => Object.keys(one).length);
  if (relatives.length) intake['relatives'] = relatives;
  return intake as unknown as Intake;
}

interface FormProps {
  model: Model;
  sighting: Sighting;
  person: string;
  onClose(): void;
}

export function PersonForm({ model, sighting, person, onClose }: FormProps) {
  const account = model.me.id;
  const registered = model.registered.value.get(sighting.id);
  const people = registered?.items ?? [];
  const kept = people.find(({ id }) => id === person);
  const [began] = useState(() => draftsOf<Fields>(account, sighting.id).find((draft) => draft.person === person));
  const [fields, setFields] = useState<Fields>(() => ({ ...(began?.fields ?? (kept ? fieldsOf(kept) : empty)) }));
  const [savedAt, setSavedAt] = useState(began?.at ?? 0);
  const doing = useDoing();

  useEffect(() => scrollTo(0, 0), []);

  const change = (differs: Partial<Fields>) => {
    const next = { ...fields, ...differs };
    setFields(next);
    setSavedAt(saveDraft(account, sighting.id, person, next));
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await doing.run(() => model.does(sighting.id, 'register', { intake: intakeOf(person, fields) })))) return;
    dropDraft(account, sighting.id, person);
    onClose();
  };
  const drop = () => {
    dropDraft(account, sighting.id, person);
    onClose();
  };
  const number = kept ? people.indexOf(kept) + 1 : people.length + 1;

  const text = (name: Exclude<keyof Fields, 'relatives' | 'cannotTell' | 'range'>, most: number) => (
    <label>
      {t(`station.form.${name}` as Key)}
      <input name={name} maxLength={most} value={fields[name]} onInput={(event) => change({ [name]: event.currentTarget.value })} />
    </label>
  );
  const long = (name: 'reason' | 'course' | 'belongings', most: number) => (
    <label>
      {t(`station.form.${name}`)}
      <textarea name={name} rows={2} maxLength={most} value={fields[name]} onInput={(event) => change({ [name]: event.currentTarget.value })} />
    </label>
  );
  const age = (name: 'age' | 'ageTo', label: Key) => (
    <label>
      {t(label)}
      <input name={name} type="number" min="0" max="150" value={fields[name]} onInput={(event) => change({ [name]: event.currentTarget.value })} />
    </label>
  );
  const choice = (name: 'sex' | 'allowance', values: string[]) => (
    <label>
      {t(`station.form.${name}`)}
      <select name={name} value={fields[name]} onChange={(event) => change({ [name]: event.currentTarget.value })}>
        <option value="">{t('station.form.empty')}</option>
        {values.map((value) => (
          <option value={value}>{tOf(`station.${name}`, value)}</option>
        ))}
      </select>
    </label>
  );
  const relative = (at: number, differs: Relative) => change({ relatives: fields.relatives.map((one, i) => (i === at ? { ...one, ...differs } : one)) });

  return (
    <>
      <form class="person unprinted" onSubmit={submit} autocomplete="off">
        <header class="row">
          <h2>{t('station.form', { code: sighting.code, n: number })}</h2>
          <span class="grow" />
          <span class="quiet" role="status">
            {savedAt ? t('station.draft.saved', { at: clock(savedAt) }) : ''}
          </span>
        </header>
        <p class="quiet">{t('station.form.how')}</p>
        <fieldset>
          <legend>{t('station.form.who')}</legend>
          <label class="check">
            <input type="checkbox" name="cannotTell" checked={fields.cannotTell} onChange={(event) => change({ cannotTell: event.currentTarget.checked, label: fields.label || workingLabel(sighting, number) })} />
            {t('station.form.cannotTell')}
          </label>
          {fields.cannotTell ? (
            <>
              {text('label', 200)}
              <p class="quiet small">{t('station.form.label.how')}</p>
            </>
          ) : (
            text('name', 200)
          )}
          <div class="grid">
            {choice('sex', ['male', 'female'])}
            {age('age', fields.range ? 'station.form.ageFrom' : 'station.form.age')}
            {fields.range && age('ageTo', 'station.form.ageTo')}
            <label class="check">
              <input type="checkbox" name="range" checked={fields.range} onChange={(event) => change({ range: event.currentTarget.checked })} />
              {t('station.form.range')}
            </label>
          </div>
          <div class="grid">
            {text('documentKind', 100)}
            {text('documentNumber', 100)}
          </div>
          <div class="grid">
            {text('registered_residence', 500)}
            {text('residence', 500)}
          </div>
          {choice('allowance', ['none', 'subsistence', 'extreme_poverty', 'unknown'])}
        </fieldset>
        <fieldset>
          <legend>{t('station.form.story')}</legend>
          {long('reason', 2000)}
          {text('since', 200)}
          {long('course', 2000)}
        </fieldset>
        <fieldset>
          <legend>{t('station.form.relatives')}</legend>
          {fields.relatives.map((one, at) => (
            <div class="grid relative" role="group" aria-label={t('station.form.relative', { n: at + 1 })}>
              {(['name', 'relation', 'residence', 'contact'] as const).map((member) => (
                <label>
                  {t(`station.form.relative.${member}`)}
                  <input maxLength={200} value={one[member] ?? ''} onInput={(event) => relative(at, { [member]: event.currentTarget.value })} />
                </label>
              ))}
              <button type="button" onClick={() => change({ relatives: fields.relatives.filter((_, i) => i !== at) })}>
                {t('station.form.relative.drop')}
              </button>
            </div>
          ))}
          {fields.relatives.length < 20 && (
            <button type="button" onClick={() => change({ relatives: [...fields.relatives, {}] })}>
              {t('station.form.relative.add')}
            </button>
          )}
        </fieldset>
        <fieldset>
          <legend>{t('station.form.things')}</legend>
          {long('belongings', 2000)}
        </fieldset>
        <Wrong text={doing.wrong} />
        <div class="actions stuck">
          <button class="primary" disabled={doing.busy}>
            {t(kept ? 'station.form.correct' : 'station.form.save')}
          </button>
          <button type="button" onClick={() => print()}>
            {t('station.form.print')}
          </button>
          <button type="button" onClick={onClose}>
            {t('action.back')}
          </button>
          <span class="grow" />
          {savedAt > 0 && (
            <button type="button" onClick={drop}>
              {t('station.draft.drop')}
            </button>
          )}
        </div>
        <p class="quiet small">{t('station.draft.where')}</p>
      </form>
      <Sheet intake={intakeOf(person, fields)} station={model.station.value?.name ?? ''} number={`${sighting.code}-${number}`} arrivedAt={registered?.confirmed_at ?? null} />
    </>
  );
}
