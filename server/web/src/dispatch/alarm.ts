// Sound without a file, and the browser's notifications.
import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Me, Urgency } from '../shared/contract';

export interface Alarm {
  readonly muted: Signal<boolean>;
  /// A browser keeps a page silent until somebody has touched it.
  readonly silent: ReadonlySignal<boolean>;
  readonly notifications: ReadonlySignal<NotificationPermission | 'none'>;
  ring(urgency: Urgency): void;
  notify(title: string, text: string, tag: string, onClick: () => void): void;
  askToNotify(): Promise<void>;
  close(): void;
}

const beeps: Record<Urgency, number[]> = { normal: [660], urgent: [660, 880], emergency: [880, 1175, 880, 1175] };

export function createAlarm(me: Me): Alarm {
  const key = `waystation.dispatch.muted.${me.id}`;
  // A supervisor reads; nothing waits for them.
  const muted = signal((localStorage.getItem(key) ?? (me.role === 'supervisor' ? 'yes' : 'no')) === 'yes');
  const stop = muted.subscribe((value) => localStorage.setItem(key, value ? 'yes' : 'no'));
  const silent = signal(true);
  const notifications = signal<NotificationPermission | 'none'>(typeof Notification === 'undefined' ? 'none' : Notification.permission);
  let context: AudioContext | null = null;

  function wake() {
    context ??= new AudioContext();
    if (context.state === 'running') {
      silent.value = false;
      return;
    }
    void context.resume().then(() => (silent.value = context?.state !== 'running'));
  }
  addEventListener('pointerdown', wake);
  addEventListener('keydown', wake);

  return {
    muted,
    silent,
    notifications,
    ring(urgency) {
      if (muted.value || !context || context.state !== 'running') return;
      beeps[urgency].forEach((pitch, at) => {
        const tone = context!.createOscillator();
        const volume = context!.createGain();
        const from = context!.currentTime + at * 0.22;
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0, from);
        volume.gain.linearRampToValueAtTime(0.25, from + 0.02);
        volume.gain.linearRampToValueAtTime(0, from + 0.18);
        tone.connect(volume).connect(context!.destination);
        tone.start(from);
        tone.stop(from + 0.2);
      });
    },
    notify(title, text, tag, onClick) {
      if (muted.value || notifications.value !== 'granted' || document.visibilityState === 'visible') return;
      const shown = new Notification(title, { body: text, tag });
      shown.onclick = () => {
        focus();
        onClick();
        shown.close();
      };
    },
    async askToNotify() {
      notifications.value = await Notification.requestPermission();
    },
    close() {
      stop();
      removeEventListener('pointerdown', wake);
      removeEventListener('keydown', wake);
      void context?.close();
    },
  };
}
