// A voice note of up to a minute, in place of typing with gloves on.
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../shared/i18n';
import type { Evidence } from './outbox';

const longest = 60_000;
const types = ['audio/webm;codecs=opus', 'audio/webm', 'audio/mp4'];

export function Voice({ onTaken }: { onTaken(note: Evidence): void }) {
  const [recorder, setRecorder] = useState<MediaRecorder | null>(null);
  const [seconds, setSeconds] = useState(0);
  const [failed, setFailed] = useState(false);
  const running = useRef<MediaRecorder | null>(null);

  useEffect(() => () => running.current?.state === 'recording' && running.current.stop(), []);
  useEffect(() => {
    if (!recorder) return undefined;
    const start = Date.now();
    const timer = setInterval(() => {
      setSeconds(Math.floor((Date.now() - start) / 1000));
      if (Date.now() - start >= longest && recorder.state === 'recording') recorder.stop();
    }, 250);
    return () => clearInterval(timer);
  }, [recorder]);

  const begin = async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const type = types.find((one) => MediaRecorder.isTypeSupported(one));
      const made = new MediaRecorder(stream, { ...(type && { mimeType: type }), audioBitsPerSecond: 24_000 });
      const pieces: Blob[] = [];
      const takenAt = new Date().toISOString();
      made.ondataavailable = (event) => pieces.push(event.data);
      made.onstop = () => {
        stream.getTracks().forEach((track) => track.stop());
        running.current = null;
        setRecorder(null);
        const plain = (made.mimeType || 'audio/webm').split(';')[0]!;
        const blob = new Blob(pieces, { type: plain });
        if (blob.size) onTaken({ blob, type: plain, takenAt });
      };
      made.start(1000);
      running.current = made;
      setSeconds(0);
      setRecorder(made);
    } catch {
      setFailed(true);
    }
  };

  return (
    <div class="voice">
      {recorder ? (
        <button type="button" class="danger" onClick={() => recorder.stop()}>
          ■ {t('voice.stop', { n: seconds })}
        </button>
      ) : (
        <button type="button" onClick={begin}>
          ● {t('voice.start')}
        </button>
      )}
      {failed && (
        <p class="wrong" role="alert">
          {t('voice.failed')}
        </p>
      )}
    </div>
  );
}
