// Messages to be put to a person ride as comments that begin with a mark; so does the note that it was done.
import type { TimelineEntry } from '../shared/contract';

const asked = '【询问转达】';
const told = '【已转达】';

export interface Message {
  version: number;
  at: string;
  text: string;
  /// When it was put to the person.
  toldAt: string | null;
}

interface Asked {
  who: string;
  reach: string;
  message: string;
}
export const enquiryText = ({ who, reach, message }: Asked) => `${asked}${who}（${reach}）：${message}`;
export const toldText = (version: number) => `${told}${version}`;

export function messagesOf(timeline: TimelineEntry[]): Message[] {
  const comments = timeline.filter(({ name, by_role }) => name === 'comment' && by_role === 'station');
  const toldAt = (version: number) => comments.find(({ text }) => text === toldText(version))?.at ?? null;
  return comments
    .filter(({ text }) => text?.startsWith(asked))
    .map(({ version, at, text = '' }) => ({ version, at, text: text.slice(asked.length), toldAt: toldAt(version) }));
}

/// Whether a comment is one of these, shown elsewhere.
export const isMessage = ({ text }: TimelineEntry) => Boolean(text?.startsWith(asked) || text?.startsWith(told));
