// Pictures, videos and voice notes; originals behind a reason, which is recorded.
import { useState } from 'preact/hooks';
import type { Photo, Sighting } from '../shared/contract';
import { Dialog } from '../shared/dialog';
import { t } from '../shared/i18n';

const addressOf = (photo: Photo, variant: string) => `/v1/photos/${photo.id}?variant=${variant}`;
const is = (photo: Photo, what: string) => Boolean(photo.media_type?.startsWith(`${what}/`));

export function Photos({ sighting }: { sighting: Sighting }) {
  const [open, setOpen] = useState<Photo | null>(null);
  if (!sighting.photos.length) return null;
  return (
    <section>
      <h3>{t('station.photos')}</h3>
      <ul class="photos">
        {sighting.photos.map((photo, at) => (
          <li key={photo.id}>
            {photo.state === 'held' ? (
              <button type="button" onClick={() => setOpen(photo)}>
                {is(photo, 'image') ? <img src={addressOf(photo, 'thumb')} alt={t('station.photos.alt', { n: at + 1 })} /> : t(is(photo, 'audio') ? 'station.photos.voice' : 'station.photos.video')}
              </button>
            ) : (
              <span class="quiet">{t(photo.state === 'expected' ? 'station.photos.expected' : 'station.photos.damaged')}</span>
            )}
          </li>
        ))}
      </ul>
      {open && <Look photo={open} onClose={() => setOpen(null)} />}
    </section>
  );
}

function Look({ photo, onClose }: { photo: Photo; onClose(): void }) {
  const [reason, setReason] = useState('');
  const [asking, setAsking] = useState(false);
  const [original, setOriginal] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    setOriginal(`${addressOf(photo, 'original')}&reason=${encodeURIComponent(reason.trim())}`);
    setAsking(false);
  };
  return (
    <Dialog title={t(original ? 'station.photos.original' : 'station.photos')} onClose={onClose} wide>
      {is(photo, 'video') && <video controls src={original || addressOf(photo, 'view')} />}
      {is(photo, 'audio') && <audio controls src={original || addressOf(photo, 'view')} />}
      {is(photo, 'image') && <img class="look" src={original || addressOf(photo, 'view')} alt={t('station.photos.alt', { n: 1 })} />}
      {asking ? (
        <form onSubmit={submit}>
          <p>{t('station.photos.recorded')}</p>
          <label>
            {t('station.photos.reason')}
            <input required maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          <div class="actions">
            <button class="primary">{t('station.photos.show')}</button>
            <button type="button" onClick={() => setAsking(false)}>
              {t('action.cancel')}
            </button>
          </div>
        </form>
      ) : (
        <div class="actions">
          {original ? (
            <a class="button" href={original} download>
              {t('station.photos.save')}
            </a>
          ) : (
            <button type="button" onClick={() => setAsking(true)}>
              {t('station.photos.see')}
            </button>
          )}
          <button type="button" class="primary" onClick={onClose}>
            {t('action.close')}
          </button>
        </div>
      )}
    </Dialog>
  );
}
