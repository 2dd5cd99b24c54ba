// What was taken, as far as this desk may see it.
import { useRef, useState } from 'preact/hooks';
import type { Photo, Sighting } from '../../shared/contract';
import { t } from '../../shared/i18n';
import { clock } from '../../shared/time';

/// Out of a dispatcher's sight: the list is empty then, whatever there is.
export const isSealed = ({ category, protect }: Sighting) => protect || category === 'minor_at_risk' || category === 'exploitation_suspected';

const kindOf = (photo: Photo) => photo.media_type?.split('/')[0] ?? 'image';
const address = (photo: Photo, variant: 'thumb' | 'view') => `/v1/photos/${photo.id}?variant=${variant}`;

function Thumb({ photo, n, onOpen }: { photo: Photo; n: number; onOpen(): void }) {
  const [broken, setBroken] = useState(false);
  const name = t('dispatch.photo.name', { number: n, when: photo.taken_at ? clock(photo.taken_at) : '' });
  if (photo.state === 'expected') return <div class="thumb waiting">{t('dispatch.photo.expected')}</div>;
  if (photo.state === 'damaged' || broken) return <div class="thumb waiting">{t('dispatch.photo.damaged')}</div>;
  const kind = kindOf(photo);
  if (kind === 'audio') return <audio controls preload="none" src={address(photo, 'view')} aria-label={name} />;
  return (
    <button type="button" class="thumb" onClick={onOpen} aria-label={name}>
      {kind === 'video' ? <span aria-hidden="true">▶</span> : <img src={address(photo, 'thumb')} alt="" loading="lazy" onError={() => setBroken(true)} />}
    </button>
  );
}

export function Photos({ sighting }: { sighting: Sighting }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [shown, setShown] = useState<Photo | null>(null);
  if (sighting.photos.length === 0) return isSealed(sighting) ? <p class="quiet">{t('dispatch.photo.sealed')}</p> : null;
  const open = (photo: Photo) => {
    setShown(photo);
    dialog.current?.showModal();
  };
  return (
    <>
      <div class="thumbs">
        {sighting.photos.map((photo, at) => (
          <Thumb key={photo.id} photo={photo} n={at + 1} onOpen={() => open(photo)} />
        ))}
      </div>
      <dialog ref={dialog} class="viewer" aria-label={t('dispatch.photo.viewer')} onClose={() => setShown(null)} onClick={() => dialog.current?.close()}>
        {shown && kindOf(shown) === 'video' && <video controls src={address(shown, 'view')} />}
        {shown && kindOf(shown) === 'image' && <img src={address(shown, 'view')} alt={t('dispatch.photo.viewer')} />}
        <button type="button" onClick={() => dialog.current?.close()}>
          {t('action.close')} <kbd>Esc</kbd>
        </button>
      </dialog>
    </>
  );
}
