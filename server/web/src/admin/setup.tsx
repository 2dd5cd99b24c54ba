// Set-up, one part at a time; the part shown stands in the address.
import { useEffect, useState } from 'preact/hooks';
import type { Api } from '../shared/api';
import type { Me } from '../shared/contract';
import { t, type Key } from '../shared/i18n';
import { useLoad } from '../shared/load';
import { Wrong } from '../shared/wrong';
import { Accounts } from './accounts';
import { Invites } from './invites';
import { readGround, type Ground } from './model';
import { Points } from './points';
import { Territory } from './territory';
import { Units } from './units';

const parts = ['accounts', 'invites', 'units', 'territory', 'points'] as const;
type Part = (typeof parts)[number];

export interface PartProps {
  api: Api;
  me: Me;
  ground: Ground;
  /// Reads anew what all parts stand on.
  changed(): Promise<void>;
}

const wanted = (): Part => parts.find((part) => `#${part}` === location.hash) ?? 'accounts';

export function Setup({ api, me }: { api: Api; me: Me }) {
  const [part, setPart] = useState<Part>(wanted);
  const ground = useLoad(() => readGround(api));
  useEffect(() => {
    const follow = () => setPart(wanted());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const shown: Record<Part, (props: PartProps) => preact.ComponentChild> = {
    accounts: Accounts,
    invites: Invites,
    units: Units,
    territory: Territory,
    points: Points,
  };
  const Shown = shown[part];
  return (
    <div class="setup">
      <nav class="parts unprinted" aria-label={t('admin.parts')}>
        {parts.map((one) => (
          <a class="button" href={`#${one}`} aria-current={one === part ? 'page' : undefined}>
            {t(`admin.part.${one}` as Key)}
          </a>
        ))}
      </nav>
      <div class="part">
        <Wrong text={ground.wrong} />
        {ground.value && <Shown api={api} me={me} ground={ground.value} changed={ground.again} />}
      </div>
      {ground.value && (
        <datalist id="codes">
          {ground.value.features.map(({ properties: { code, name } }) => (
            <option value={code}>{name}</option>
          ))}
        </datalist>
      )}
    </div>
  );
}

/// A jurisdiction's code, found by typing its name or digits.
export function CodeInput({ ground, value, onInput, required = true }: { ground: Ground; value: string; onInput(code: string): void; required?: boolean }) {
  const known = ground.features.find(({ properties }) => properties.code === value);
  return (
    <label>
      {t('admin.code')}
      <input list="codes" required={required} value={value} onInput={(event) => onInput(event.currentTarget.value.trim())} />
      <span class="quiet small">{known ? known.properties.name : value ? t('admin.code.unknown') : ' '}</span>
    </label>
  );
}
