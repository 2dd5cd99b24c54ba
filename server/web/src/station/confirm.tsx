// The station's own question, and what else may come of somebody who was on the way.
import { useState } from 'preact/hooks';
import type { Sighting } from '../shared/contract';
import { Dialog } from '../shared/dialog';
import { useDoing } from '../shared/doing';
import { t, type Key } from '../shared/i18n';
import { Wrong } from '../shared/wrong';
import type { Model } from './model';

interface AskedProps {
  model: Model;
  sighting: Sighting;
  onClose(): void;
}

const answers = ['yes', 'no', 'cannot_tell'] as const;

/// One click on the person's answer confirms. Each says beneath what it does.
export function ConfirmDialog({ model, sighting, onClose, onDone }: AskedProps & { onDone(voluntary: string): void }) {
  const doing = useDoing();
  const [people, setPeople] = useState(String(sighting.people ?? 1));
  const [note, setNote] = useState('');
  const answer = async (voluntary: string) => {
    const body = { people: Number(people), voluntary, ...(note.trim() ? { note: note.trim() } : {}) };
    if (await doing.run(() => model.does(sighting.id, 'confirm', body))) onDone(voluntary);
  };
  return (
    <Dialog title={t('station.arrived')} onClose={onClose}>
      <p class="question">{t('station.question')}</p>
      <p class="quiet">{t('station.question.how')}</p>
      <div class="answers">
        {answers.map((one) => (
          <div key={one}>
            <button type="button" class={`answer ${one}`} aria-describedby={`does-${one}`} disabled={doing.busy || !(Number(people) >= 1)} onClick={() => answer(one)}>
              {t(`station.answer.${one}` as Key)}
            </button>
            <p id={`does-${one}`} class="small">
              {t(`station.answer.${one}.does` as Key)}
            </p>
          </div>
        ))}
      </div>
      <Wrong text={doing.wrong} />
      <div class="row">
        <label>
          {t('station.confirm.people')}
          <input type="number" min="1" max="999" value={people} onInput={(event) => setPeople(event.currentTarget.value)} />
        </label>
        <label class="grow">
          {t('station.confirm.note')}
          <input maxLength={2000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
      </div>
      <div class="actions">
        <button type="button" onClick={onClose}>
          {t('action.back')}
        </button>
      </div>
    </Dialog>
  );
}

/// `not_arrived` needs a reason; who changes their mind owes none.
export function ReasonDialog({ model, sighting, name, onClose, onDone }: AskedProps & { name: 'not_arrived' | 'changed_mind'; onDone(): void }) {
  const doing = useDoing();
  const [text, setText] = useState('');
  const needed = name === 'not_arrived';
  const submit = async (event: Event) => {
    event.preventDefault();
    const said = text.trim();
    const body = needed ? { reason: said } : said ? { note: said } : {};
    if (await doing.run(() => model.does(sighting.id, name, body))) onDone();
  };
  return (
    <Dialog title={t(`station.${name}` as Key)} onClose={onClose}>
      <p>{t(`station.${name}.how` as Key)}</p>
      <form onSubmit={submit}>
        <label>
          {t(needed ? 'station.reason' : 'station.note')}
          <textarea rows={3} maxLength={2000} required={needed} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <Wrong text={doing.wrong} />
        <div class="actions">
          <button class="primary" disabled={doing.busy}>
            {t(`station.${name}.do` as Key)}
          </button>
          <button type="button" onClick={onClose}>
            {t('action.back')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
