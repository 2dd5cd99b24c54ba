import { useEffect, useState } from 'preact/hooks';
import { t } from '../shared/i18n';

/// A picture that is on this phone.
export function Thumb({ blob, onRemove }: { blob: Blob; onRemove?: () => void }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return (
    <figure class="thumb">
      {blob.type.startsWith('audio') ? <audio controls src={url} /> : url && <img src={url} alt={t('thumb.alt')} />}
      {onRemove && (
        <button type="button" class="small" onClick={onRemove}>
          {t('thumb.remove')}
        </button>
      )}
    </figure>
  );
}
