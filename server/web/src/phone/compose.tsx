// Two taps from here to sent: a picture of the place if one likes, and "send". Place and time are taken by themselves.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Category, Position } from '../shared/contract';
import { t, tOf } from '../shared/i18n';
import { Calls, isEmergency } from './calls';
import { Camera } from './camera';
import { Chip } from './chips';
import { CategoryIcon } from './icons';
import { PhoneFull, saveDraft, send, type Evidence } from './outbox';
import { Place } from './place';
import { replace } from './screens';
import { sendSoon, type Here } from './store';
import { Thumb } from './thumb';

export function Compose({ state, category, marked }: { state: Here; category: Category; marked?: string | undefined }) {
  const draft = state.draft?.category === category && state.draft.marked === marked ? state.draft : undefined;
  const [pictures, setPictures] = useState<Evidence[]>(draft?.pictures ?? []);
  const [urgent, setUrgent] = useState(draft?.urgent ?? false);
  const [position, setPosition] = useState<Position | undefined>();
  const [wrong, setWrong] = useState('');
  const [making, setMaking] = useState(false);
  const startedAt = useRef(draft?.startedAt ?? Date.now()).current;
  const sent = useRef(false);
  const place = state.reports.find(({ id }) => id === marked)?.report;
  const owner = state.person!.id;
  const full = (error: unknown) => {
    if (!(error instanceof PhoneFull)) throw error;
    setWrong(t('full.pictures'));
  };

  useEffect(() => {
    if (!sent.current && (urgent || pictures.length > 0)) saveDraft({ owner, category, urgent, pictures, startedAt, ...(marked && { marked }) }).catch(full);
  }, [urgent, pictures]);

  const submit = async () => {
    if (!position || sent.current) return;
    sent.current = true;
    try {
      const report = {
        category,
        position,
        observed_at: place?.observed_at ?? new Date().toISOString(),
        ...(urgent && { urgency: 'emergency' as const }),
      };
      const { id, withoutPictures } = await send(owner, report, pictures, marked);
      sendSoon();
      navigator.vibrate?.(80);
      replace({ name: 'report', id, fresh: true, lost: withoutPictures });
    } catch (error) {
      sent.current = false;
      if (!(error instanceof PhoneFull)) throw error;
      setWrong(t('full.text'));
    }
  };

  return (
    <>
      <h2 class="titled">
        <CategoryIcon of={category} /> {tOf('category', category)}
      </h2>
      {isEmergency(category, urgent ? 'emergency' : 'normal') && <Calls category={category} position={position} />}
      {category !== 'exploitation_suspected' && (
        <Chip on={urgent} onPress={() => setUrgent(!urgent)}>
          {t('compose.emergency')}
        </Chip>
      )}
      <Place given={place?.position} onChange={setPosition} />
      {pictures.length > 0 && (
        <div class="row">
          {pictures.map((picture, at) => (
            <Thumb key={at} blob={picture.blob} onRemove={() => setPictures(pictures.filter((one) => one !== picture))} />
          ))}
        </div>
      )}
      {pictures.length < 3 && (
        <Camera key={pictures.length} eager={category === 'needs_help' && pictures.length === 0} onBusy={setMaking} onTaken={(picture) => setPictures([...pictures, picture])} />
      )}
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <div class="bottom">
        <button type="button" class="primary big" disabled={!position || making} onClick={submit}>
          {position ? t('compose.send') : t('compose.needs_place')}
        </button>
      </div>
    </>
  );
}
