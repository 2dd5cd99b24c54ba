// A picture taken in the page: nothing stays in the phone's gallery, and no flash wakes anybody.
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../shared/i18n';
import type { Evidence } from './outbox';
import { scaled, scaledFile } from './picture';

interface CameraProps {
  /// Opens by itself where it is allowed already.
  eager?: boolean;
  onTaken(picture: Evidence): void;
  /// While a picture is made small: nothing may be sent without it then.
  onBusy?(busy: boolean): void;
}

const evidence = (blob: Blob, type: string): Evidence => ({ blob, type, takenAt: new Date().toISOString() });

async function isAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'camera' as PermissionName })).state === 'granted';
  } catch {
    return false;
  }
}

export function Camera({ eager = false, onTaken, onBusy }: CameraProps) {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [ready, setReady] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  const file = useRef<HTMLInputElement>(null);

  const open = async () => {
    try {
      setStream(await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: 'environment' }, width: { ideal: 1600 } } }));
    } catch {
      setFailed(true);
    }
  };
  useEffect(() => {
    let gone = false;
    if (eager) void isAllowed().then((allowed) => (allowed && !gone ? open() : undefined));
    return () => void (gone = true);
  }, [eager]);
  useEffect(() => {
    setReady(false);
    if (video.current) video.current.srcObject = stream;
    return () => stream?.getTracks().forEach((track) => track.stop());
  }, [stream]);

  const making = async (work: () => Promise<void>) => {
    setBusy(true);
    onBusy?.(true);
    try {
      await work();
    } finally {
      setBusy(false);
      onBusy?.(false);
    }
  };
  const take = async () => {
    await making(async () => {
      const blob = await scaled(video.current!);
      setStream(null);
      onTaken(evidence(blob, 'image/jpeg'));
    });
  };
  const takeFile = async (event: Event) => {
    const chosen = (event.currentTarget as HTMLInputElement).files?.[0];
    if (!chosen) return;
    await making(async () => {
      const { blob, type } = await scaledFile(chosen);
      onTaken(evidence(blob, type));
    });
  };

  return (
    <section class="camera" aria-label={t('camera.title')}>
      {stream && <video ref={video} autoplay muted playsInline onLoadedData={() => setReady(true)} aria-label={t('camera.title')} />}
      <p class="quiet">{t('camera.place_not_face')}</p>
      {stream ? (
        <button type="button" class="shutter" disabled={busy || !ready} onClick={take}>
          {t('camera.take')}
        </button>
      ) : (
        <button type="button" disabled={busy} onClick={() => (failed || !navigator.mediaDevices ? file.current?.click() : open())}>
          {failed ? t('camera.other') : t('camera.open')}
        </button>
      )}
      <input ref={file} class="unseen" type="file" accept="image/*" capture="environment" tabIndex={-1} aria-label={t('camera.other')} onChange={takeFile} />
    </section>
  );
}
