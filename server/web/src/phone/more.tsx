// What a team may add at any step: a referral to another service, or a word to the dispatcher.
import { useState } from 'preact/hooks';
import type { Agency } from '../shared/contract';
import { t, tOf } from '../shared/i18n';
import { Chips } from './chips';

const agencies: Agency[] = ['hospital', 'police', 'city_management'];

export function More({ command }: { command(name: 'refer' | 'comment', body: object): Promise<void> }) {
  const [agency, setAgency] = useState<Agency | undefined>();
  const [text, setText] = useState('');
  const [sent, setSent] = useState(false);
  const send = async () => {
    await (agency ? command('refer', { agency, reason: text.trim() }) : command('comment', { text: text.trim() }));
    setAgency(undefined);
    setText('');
    setSent(true);
  };
  return (
    <details class="card">
      <summary>{t('more.title')}</summary>
      <Chips title={t('more.refer')} of={agencies} chosen={agency ? [agency] : []} single label={(one) => tOf('agency', one)} onChange={([one]) => setAgency(one)} />
      <label>
        {agency ? t('more.reason') : t('more.comment')}
        <textarea rows={2} maxLength={2000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="button" disabled={!text.trim()} onClick={send}>
        {agency ? t('more.send_referral') : t('more.send_comment')}
      </button>
      {sent && <p role="status">{t('more.kept')}</p>}
    </details>
  );
}
