import { useEffect, useState } from 'preact/hooks';

/// The time, in milliseconds; draws anew each `every` milliseconds.
export function useNow(every = 10_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
