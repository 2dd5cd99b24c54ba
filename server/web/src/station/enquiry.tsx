// "Is she with you?" is answered to nobody: what is asked becomes a message to be put to the person.
import { useState } from 'preact/hooks';
import { Dialog } from '../shared/dialog';
import { useDoing } from '../shared/doing';
import { t } from '../shared/i18n';
import { Wrong } from '../shared/wrong';
import { facts } from './facts';
import type { Model } from './model';
import { enquiryText } from './messages';

export function Enquiry({ model, onClose }: { model: Model; onClose(): void }) {
  const doing = useDoing();
  const [done, setDone] = useState(false);
  const here = [...model.sightings.value.values()].filter(({ status }) => status === 'confirmed' || status === 'picked_up');
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const body = { text: enquiryText({ who: text('who'), reach: text('reach'), message: text('message') }) };
    if (text('sighting') && !(await doing.run(() => model.does(text('sighting'), 'comment', body)))) return;
    setDone(true);
  };
  const called = (id: string) => (model.registered.value.get(id)?.items ?? []).map(({ name, label }) => name || label).filter(Boolean).join('、');
  return (
    <Dialog title={t('station.enquiry')} onClose={onClose}>
      <p>{t('station.enquiry.how')}</p>
      <blockquote>{t('station.enquiry.say')}</blockquote>
      {done ? (
        <>
          <p role="status">{t('station.enquiry.done')}</p>
          <button type="button" class="primary" onClick={onClose}>
            {t('action.close')}
          </button>
        </>
      ) : (
        <form onSubmit={submit}>
          <label>
            {t('station.enquiry.who')}
            <input name="who" maxLength={100} required />
          </label>
          <label>
            {t('station.enquiry.reach')}
            <input name="reach" maxLength={100} required />
          </label>
          <label>
            {t('station.enquiry.message')}
            <textarea name="message" rows={3} maxLength={1500} required />
          </label>
          <label>
            {t('station.enquiry.sighting')}
            <select name="sighting">
              <option value="">{t('station.enquiry.nobody')}</option>
              {here.map((sighting) => (
                <option value={sighting.id}>{[sighting.code, called(sighting.id), facts(sighting)].filter(Boolean).join(' · ')}</option>
              ))}
            </select>
          </label>
          <p class="quiet small">{t('station.enquiry.seen')}</p>
          <Wrong text={doing.wrong} />
          <div class="actions">
            <button class="primary" disabled={doing.busy}>
              {t('station.enquiry.send')}
            </button>
            <button type="button" onClick={onClose}>
              {t('action.cancel')}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
