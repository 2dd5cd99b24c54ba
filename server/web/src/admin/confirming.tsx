// For a supervisor: the staff accounts to answer for, and a word to those that wait.
import type { Api } from '../shared/api';
import type { Items } from '../shared/contract';
import { useDoing } from '../shared/doing';
import { t, tOf } from '../shared/i18n';
import { useLoad } from '../shared/load';
import { clock } from '../shared/time';
import { Wrong } from '../shared/wrong';
import { readGround, unitOf, type User } from './model';

export function Confirming({ api }: { api: Api }) {
  const users = useLoad(() => api.get<Items<User>>('/v1/users?limit=1000'));
  const ground = useLoad(() => readGround(api));
  const doing = useDoing();
  const confirm = (user: User) => doing.run(() => api.post(`/v1/users/${user.id}/confirm`).then(users.again));
  const items = [...(users.value?.items ?? [])].sort((a, b) => Number(b.pending) - Number(a.pending) || b.made_at.localeCompare(a.made_at));
  return (
    <section class="part">
      <h2>{t('admin.confirming')}</h2>
      <p>{t('admin.confirming.how')}</p>
      <Wrong text={users.wrong || ground.wrong || doing.wrong} />
      {users.value && !items.length && <p class="quiet">{t('admin.confirming.none')}</p>}
      {items.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">{t('admin.name')}</th>
              <th scope="col">{t('admin.role')}</th>
              <th scope="col">{t('admin.unit')}</th>
              <th scope="col">{t('admin.made')}</th>
              <th scope="col">{t('admin.state')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((user) => (
              <tr key={user.id} class={user.disabled ? 'off' : ''}>
                <th scope="row">{user.display_name ?? '–'}</th>
                <td>{tOf('role', user.role)}</td>
                <td>{ground.value ? unitOf(ground.value, user) : ''}</td>
                <td>
                  {maker(user)} · {clock(user.made_at)}
                </td>
                <td>
                  {user.disabled ? (
                    <span class="quiet">{t('admin.state.disabled')}</span>
                  ) : user.pending ? (
                    <button type="button" class="primary" disabled={doing.busy} onClick={() => confirm(user)}>
                      {t('admin.confirm.do', { name: user.display_name ?? '' })}
                    </button>
                  ) : user.confirmed_at ? (
                    t('admin.confirmed', { name: user.confirmed_by?.display_name ?? '', at: clock(user.confirmed_at) })
                  ) : (
                    t('admin.state.works')
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function maker(user: User): string {
  if (!user.made_by) return t('admin.made.command_line');
  if (user.made_by.id === user.id) return t('admin.made.invite');
  return user.made_by.display_name ?? '';
}
