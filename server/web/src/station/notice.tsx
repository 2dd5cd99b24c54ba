// The identity notice of one person: the time left, its text to copy, and that it was published.
import { useRef, useState } from 'preact/hooks';
import type { Sighting } from '../shared/contract';
import { useDoing } from '../shared/doing';
import { t } from '../shared/i18n';
import { useNow } from '../shared/now';
import { clock } from '../shared/time';
import { Wrong } from '../shared/wrong';
import { noticeText } from '../words/papers';
import type { Model } from './model';
import { remaining } from './notice_board';
import { noticeWithin, type KeptIntake } from './records';

interface NoticeProps {
  model: Model;
  sighting: Sighting;
  person: KeptIntake;
  arrivedAt: string;
}

export function Notice({ model, sighting, person, arrivedAt }: NoticeProps) {
  const now = useNow();
  const [open, setOpen] = useState(false);
  if (person.notice)
    return (
      <p class="good">
        ✓ {t('station.notice.published', { where: person.notice.where, at: clock(person.notice.at, now) })}
      </p>
    );
  const due = new Date(arrivedAt).getTime() + noticeWithin;
  return (
    <div class="notice">
      <div class="row">
        <b class={due < now ? 'late' : 'countdown'} role="timer">
          {remaining(due, now)}
        </b>
        <span class="grow" />
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t('station.notice.open')}
        </button>
      </div>
      {open && <Publishing model={model} sighting={sighting} person={person} arrivedAt={arrivedAt} />}
    </div>
  );
}

const local = (date: Date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function Publishing({ model, sighting, person, arrivedAt }: NoticeProps) {
  const doing = useDoing();
  const box = useRef<HTMLTextAreaElement>(null);
  const [copied, setCopied] = useState(false);
  const station = model.station.value;
  const [text, setText] = useState(() =>
    noticeText({
      intake: person,
      arrivedAt,
      district: model.names.value.get(sighting.jurisdiction) ?? '',
      appearance: sighting.appearance,
      station: station?.name ?? '救助站',
      phone: station?.phone ?? '',
    }),
  );
  const copy = () => {
    box.current?.select();
    // The older way works on every desk; it copies what is selected.
    setCopied(document.execCommand('copy'));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const at = new Date(String(form.get('at'))).toISOString();
    void doing.run(() => model.does(sighting.id, 'publish_notice', { person: person.id, where: String(form.get('where')).trim(), at }));
  };
  return (
    <div>
      {(sighting.protect || sighting.traits.includes('minor')) && <p class="warning">{t('station.notice.protect')}</p>}
      <label>
        {t('station.notice.text')}
        <textarea ref={box} lang="zh-CN" rows={7} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <p class="quiet small">{t('station.notice.least')}</p>
      <button type="button" onClick={copy}>
        {t(copied ? 'station.notice.copied' : 'station.notice.copy')}
      </button>
      <form class="row publish" onSubmit={submit}>
        <label class="grow">
          {t('station.notice.where')}
          <input name="where" required maxLength={200} list={`where-${person.id}`} />
          <datalist id={`where-${person.id}`}>
            <option value="全国救助寻亲网" />
            <option value="开封日报" />
            <option value="微信公众号" />
          </datalist>
        </label>
        <label>
          {t('station.notice.at')}
          <input name="at" type="datetime-local" required value={local(new Date())} max={local(new Date(Date.now() + 60_000))} />
        </label>
        <button class="primary" disabled={doing.busy}>
          {t('station.notice.mark')}
        </button>
      </form>
      <Wrong text={doing.wrong} />
    </div>
  );
}
