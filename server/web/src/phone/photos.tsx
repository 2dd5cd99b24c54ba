// Pictures that the server has, as small as they are; larger by a tap.
import { useEffect, useState } from 'preact/hooks';
import { createApi } from '../shared/api';
import type { Photo } from '../shared/contract';
import { t } from '../shared/i18n';

export function Photos({ photos, token }: { photos: Photo[]; token: string }) {
  return (
    <section class="row" aria-label={t('photos.title')}>
      {photos.map((photo) => (
        <One key={photo.id} photo={photo} token={token} />
      ))}
    </section>
  );
}

function One({ photo, token }: { photo: Photo; token: string }) {
  const [large, setLarge] = useState(false);
  const [url, setUrl] = useState('');
  const [failed, setFailed] = useState(false);
  const isPicture = !photo.media_type || photo.media_type.startsWith('image/');
  const variant = large || !isPicture ? 'view' : 'thumb';
  useEffect(() => {
    if (photo.state !== 'held') return undefined;
    let made = '';
    let gone = false;
    createApi(token)
      .send('GET', `/v1/photos/${photo.id}?variant=${variant}`)
      .then((response) => response.blob())
      .then(
        (blob) => {
          if (gone) return;
          made = URL.createObjectURL(blob);
          setUrl(made);
        },
        () => setFailed(true),
      );
    return () => {
      gone = true;
      URL.revokeObjectURL(made);
    };
  }, [photo.id, photo.state, variant]);

  if (photo.state !== 'held') return <p class="quiet">{t(photo.state === 'damaged' ? 'photos.damaged' : 'photos.expected')}</p>;
  if (failed) return <p class="quiet">{t('photos.unreachable')}</p>;
  if (!url) return <p class="quiet">…</p>;
  if (photo.media_type?.startsWith('audio/')) return <audio controls src={url} />;
  if (photo.media_type?.startsWith('video/')) return <video controls src={url} class="large" />;
  return (
    <button type="button" class={large ? 'large' : 'thumb'} aria-label={t(large ? 'photos.smaller' : 'photos.larger')} onClick={() => setLarge(!large)}>
      <img src={url} alt={t('photos.alt')} />
    </button>
  );
}
