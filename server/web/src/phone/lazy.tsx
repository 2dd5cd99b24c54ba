// A component whose code is fetched when it is first drawn.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [Inner, setInner] = useState<ComponentType<P> | undefined>(() => loaded);
    useEffect(() => {
      if (!Inner) void load().then((component) => setInner(() => (loaded = component)));
    }, [Inner]);
    return Inner ? <Inner {...props} /> : null;
  };
}
