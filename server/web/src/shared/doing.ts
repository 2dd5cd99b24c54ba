// One thing a person does on a page: whether it is under way, and what went wrong in words.
import { useState } from 'preact/hooks';
import { explain } from './problems';

export interface Doing {
  busy: boolean;
  wrong: string;
  /// Runs it, unless one is under way; true when it went well.
  run(what: () => Promise<unknown>): Promise<boolean>;
}

export function useDoing(): Doing {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const run = async (what: () => Promise<unknown>) => {
    if (busy) return false;
    setBusy(true);
    setWrong('');
    try {
      await what();
      return true;
    } catch (error) {
      setWrong(explain(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, wrong, run };
}
