// What a page reads once and again after each change.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { explain } from './problems';

export interface Loaded<T> {
  value: T | null;
  wrong: string;
  again(): Promise<void>;
}

/// `read` is run at once, and by again(); the value before stays until the new one is there.
export function useLoad<T>(read: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [wrong, setWrong] = useState('');
  const again = useCallback(async () => {
    try {
      setValue(await read());
      setWrong('');
    } catch (error) {
      setWrong(explain(error));
    }
  }, []);
  useEffect(() => void again(), [again]);
  return { value, wrong, again };
}
