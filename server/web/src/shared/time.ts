// Times as people say them.
import { language, t } from './i18n';


const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/// "3 min", "2 h", "4 days".
export function span(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < minute) return t('time.seconds', { n: Math.floor(ms / second) });
  if (ms < hour) return t('time.minutes', { n: Math.floor(ms / minute) });
  if (ms < day) return t('time.hours', { n: Math.floor(ms / hour) });
  return t('time.days', { n: Math.floor(ms / day) });
}

/// "just now", "3 min ago".
export function ago(at: string | number, now = Date.now()): string {
  const past = now - new Date(at).getTime();
  return past < minute ? t('time.just_now') : t('time.ago', { span: span(past) });
}

/// "05:12" today, "11-23 05:12" else.
export function clock(at: string | number, now = Date.now()): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString(language.value, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const today = date.toDateString() === new Date(now).toDateString();
  return today ? time : `${date.toLocaleDateString(language.value, { month: '2-digit', day: '2-digit' })} ${time}`;
}
