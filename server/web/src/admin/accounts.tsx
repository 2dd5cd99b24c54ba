// Accounts: who they are, whether they work, their phones; new ones, new passwords, and the end of one.
import { useState } from 'preact/hooks';
import type { Api } from '../shared/api';
import type { Items, Role } from '../shared/contract';
import { Dialog } from '../shared/dialog';
import { useDoing } from '../shared/doing';
import { t, tOf } from '../shared/i18n';
import { useLoad } from '../shared/load';
import { clock } from '../shared/time';
import { Wrong } from '../shared/wrong';
import { Cards } from './cards';
import { newPassword, unitOf, type Device, type Ground, type Invite, type User } from './model';
import { CodeInput, type PartProps } from './setup';

const staff: Role[] = ['dispatcher', 'supervisor', 'team', 'station', 'admin'];

type Asked = { what: 'new' } | { what: 'password' | 'disable' | 'devices' | 'phone'; user: User };

async function readUsers(api: Api): Promise<User[]> {
  const users: User[] = [];
  for (let mark = ''; ; ) {
    const page = await api.get<Items<User>>(`/v1/users?limit=1000${mark && `&cursor=${mark}`}`);
    users.push(...page.items);
    if (!page.cursor) return users;
    mark = page.cursor;
  }
}

/// So many rows are drawn at once; the rest is found by searching.
const mostShown = 200;

export function Accounts({ api, me, ground }: PartProps) {
  const users = useLoad(() => readUsers(api));
  const [asked, setAsked] = useState<Asked | null>(null);
  const [words, setWords] = useState('');
  const [role, setRole] = useState('staff');
  const [said, setSaid] = useState('');
  const close = () => setAsked(null);
  const done = (text: string) => {
    setSaid(text);
    close();
    void users.again();
  };
  const fits = (user: User) => {
    if (role === 'pending' ? !user.pending : role === 'staff' ? user.role === 'informant' : role && user.role !== role) return false;
    return [user.display_name, user.username, unitOf(ground, user)].join(' ').toLowerCase().includes(words.toLowerCase());
  };
  const listed = (users.value ?? []).filter(fits);
  return (
    <section>
      <div class="row">
        <h2>{t('admin.part.accounts')}</h2>
        <span class="grow" />
        <label class="inline">
          {t('admin.accounts.show')}
          <select value={role} onChange={(event) => setRole(event.currentTarget.value)}>
            <option value="staff">{t('admin.accounts.staff')}</option>
            <option value="pending">{t('admin.accounts.pending')}</option>
            {[...staff, 'informant'].map((one) => (
              <option value={one}>{tOf('role', one)}</option>
            ))}
            <option value="">{t('admin.accounts.all')}</option>
          </select>
        </label>
        <label class="inline">
          {t('admin.search')}
          <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
        </label>
        <button type="button" class="primary" onClick={() => setAsked({ what: 'new' })}>
          {t('admin.accounts.new')}
        </button>
      </div>
      {said && (
        <p class="said" role="status">
          {said}
        </p>
      )}
      <Wrong text={users.wrong} />
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t('admin.name')}</th>
            <th scope="col">{t('admin.username')}</th>
            <th scope="col">{t('admin.role')}</th>
            <th scope="col">{t('admin.unit')}</th>
            <th scope="col">{t('admin.state')}</th>
            <th scope="col">{t('admin.do')}</th>
          </tr>
        </thead>
        <tbody>
          {listed.slice(0, mostShown).map((user) => (
            <tr key={user.id} class={user.disabled ? 'off' : ''}>
              <th scope="row">{user.display_name ?? '–'}</th>
              <td>{user.username ?? ''}</td>
              <td>{[tOf('role', user.role), user.kind ? tOf('kind', user.kind) : ''].filter(Boolean).join(' · ')}</td>
              <td>{unitOf(ground, user)}</td>
              <td>
                <State user={user} />
              </td>
              <td>
                {!user.disabled && (
                  <div class="row tight">
                    <button type="button" onClick={() => setAsked({ what: 'devices', user })}>
                      {t('admin.devices')}
                    </button>
                    <button type="button" onClick={() => setAsked({ what: 'phone', user })}>
                      {t('admin.phone')}
                    </button>
                    {user.username && (
                      <button type="button" onClick={() => setAsked({ what: 'password', user })}>
                        {t('admin.password')}
                      </button>
                    )}
                    {user.id !== me.id && (
                      <button type="button" onClick={() => setAsked({ what: 'disable', user })}>
                        {t('admin.disable')}
                      </button>
                    )}
                  </div>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {users.value && !listed.length && <p class="quiet">{t('admin.none')}</p>}
      {listed.length > mostShown && <p class="quiet">{t('admin.more', { n: listed.length - mostShown })}</p>}
      {asked?.what === 'new' && <NewAccount api={api} ground={ground} onClose={close} onDone={done} />}
      {asked?.what === 'password' && <NewPassword api={api} user={asked.user} onClose={close} onDone={done} />}
      {asked?.what === 'disable' && <Disable api={api} user={asked.user} onClose={close} onDone={done} />}
      {asked?.what === 'devices' && <Devices api={api} user={asked.user} onClose={close} />}
      {asked?.what === 'phone' && <NewPhone api={api} user={asked.user} onClose={close} />}
    </section>
  );
}

function State({ user }: { user: User }) {
  if (user.disabled) return <span class="quiet">{t('admin.state.disabled')}</span>;
  if (user.pending) return <span class="mark">{t('admin.state.pending')}</span>;
  return <span>{t('admin.state.works')}</span>;
}

const saidOf = (user: User) => t(user.pending ? 'admin.accounts.waits' : 'admin.accounts.works', { name: user.display_name ?? '' });

interface AskedProps {
  api: Api;
  onClose(): void;
}

function NewAccount({ api, ground, onClose, onDone }: AskedProps & { ground: Ground; onDone(said: string): void }) {
  const doing = useDoing();
  const [role, setRole] = useState<Role>('dispatcher');
  const [username, setUsername] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState(newPassword);
  const [code, setCode] = useState('');
  const [unit, setUnit] = useState('');
  const units = role === 'team' ? ground.teams : ground.stations;
  const submit = async (event: Event) => {
    event.preventDefault();
    const place = role === 'team' || role === 'station' ? { [role]: unit } : role === 'admin' ? {} : { jurisdiction: code };
    await doing.run(async () => {
      const user = await api.post<User>('/v1/users', { username, password, role, ...(name.trim() ? { display_name: name.trim() } : {}), ...place });
      onDone(saidOf(user));
    });
  };
  return (
    <Dialog title={t('admin.accounts.new')} onClose={onClose}>
      <form onSubmit={submit} autocomplete="off">
        <label>
          {t('admin.role')}
          <select value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
            {staff.map((one) => (
              <option value={one}>{tOf('role', one)}</option>
            ))}
          </select>
        </label>
        {(role === 'dispatcher' || role === 'supervisor') && <CodeInput ground={ground} value={code} onInput={setCode} />}
        {(role === 'team' || role === 'station') && (
          <label>
            {tOf('role', role)}
            <select required value={unit} onChange={(event) => setUnit(event.currentTarget.value)}>
              <option value="">{t('admin.choose')}</option>
              {units.map(({ id, name: called }) => (
                <option value={id}>{called}</option>
              ))}
            </select>
          </label>
        )}
        <label>
          {t('admin.name')}
          <input name="display_name" maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          {t('admin.username')}
          <input name="username" required pattern="[A-Za-z0-9._\-]{1,64}" title={t('admin.username.how')} autocapitalize="none" value={username} onInput={(event) => setUsername(event.currentTarget.value)} />
        </label>
        <PasswordInput value={password} onInput={setPassword} />
        <p class="quiet small">{t('admin.confirm.how')}</p>
        <Wrong text={doing.wrong} />
        <div class="actions">
          <button class="primary" disabled={doing.busy}>
            {t('admin.accounts.make')}
          </button>
          <button type="button" onClick={onClose}>
            {t('action.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/// In clear: it is written down and handed over.
function PasswordInput({ value, onInput }: { value: string; onInput(password: string): void }) {
  return (
    <label>
      {t('admin.password.first')}
      <input name="new-password" autocomplete="off" required minLength={8} maxLength={200} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  );
}

function NewPassword({ api, user, onClose, onDone }: AskedProps & { user: User; onDone(said: string): void }) {
  const doing = useDoing();
  const [password, setPassword] = useState(newPassword);
  const submit = async (event: Event) => {
    event.preventDefault();
    await doing.run(async () => onDone(saidOf(await api.post<User>(`/v1/users/${user.id}/password`, { password }))));
  };
  return (
    <Dialog title={t('admin.password.of', { name: user.display_name ?? '' })} onClose={onClose}>
      <form onSubmit={submit} autocomplete="off">
        <p>{t('admin.password.how')}</p>
        <PasswordInput value={password} onInput={setPassword} />
        <Wrong text={doing.wrong} />
        <div class="actions">
          <button class="primary" disabled={doing.busy}>
            {t('admin.password.set')}
          </button>
          <button type="button" onClick={onClose}>
            {t('action.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Disable({ api, user, onClose, onDone }: AskedProps & { user: User; onDone(said: string): void }) {
  const doing = useDoing();
  const disable = () =>
    doing.run(async () => {
      await api.post<User>(`/v1/users/${user.id}/disable`);
      onDone(t('admin.disable.done', { name: user.display_name ?? '' }));
    });
  return (
    <Dialog title={t('admin.disable.of', { name: user.display_name ?? '' })} onClose={onClose}>
      <p>{t('admin.disable.how')}</p>
      <Wrong text={doing.wrong} />
      <div class="actions">
        <button type="button" class="danger" disabled={doing.busy} onClick={disable}>
          {t('admin.disable.do')}
        </button>
        <button type="button" onClick={onClose}>
          {t('action.cancel')}
        </button>
      </div>
    </Dialog>
  );
}

function Devices({ api, user, onClose }: AskedProps & { user: User }) {
  const devices = useLoad(() => api.get<Items<Device>>(`/v1/devices?user=${user.id}`));
  const doing = useDoing();
  const revoke = (device: Device) => doing.run(() => api.delete(`/v1/devices/${device.id}`).then(devices.again));
  return (
    <Dialog title={t('admin.devices.of', { name: user.display_name ?? '' })} onClose={onClose}>
      <p class="quiet">{t('admin.devices.how')}</p>
      <Wrong text={devices.wrong || doing.wrong} />
      {devices.value?.items.length === 0 && <p>{t('admin.devices.none')}</p>}
      <ul class="plain">
        {devices.value?.items.map((device) => (
          <li key={device.id} class="row">
            <b>{device.name}</b>
            <span class="quiet">{t(device.expires_at ? 'admin.devices.session' : 'admin.devices.since', { at: clock(device.created_at) })}</span>
            <span class="grow" />
            {device.current ? (
              <span class="quiet">{t('admin.devices.this')}</span>
            ) : (
              <button type="button" disabled={doing.busy} onClick={() => revoke(device)}>
                {t('admin.devices.revoke')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <div class="actions">
        <button type="button" class="primary" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </Dialog>
  );
}

function NewPhone({ api, user, onClose }: AskedProps & { user: User }) {
  const doing = useDoing();
  const [invites, setInvites] = useState<Invite[]>([]);
  const make = () => doing.run(async () => setInvites((await api.post<Items<Invite>>('/v1/invites', { user: user.id })).items));
  return (
    <Dialog title={t('admin.phone.of', { name: user.display_name ?? '' })} onClose={onClose}>
      <p>{t('admin.phone.how')}</p>
      <Wrong text={doing.wrong} />
      <Cards invites={invites} title={user.display_name ?? ''} />
      <div class="actions">
        {!invites.length && (
          <button type="button" class="primary" disabled={doing.busy} onClick={make}>
            {t('admin.phone.make')}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </Dialog>
  );
}
