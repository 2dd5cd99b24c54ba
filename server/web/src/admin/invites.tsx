// Invites for phones: a printable sheet, shown this once.
import { useState } from 'preact/hooks';
import type { Items, ReporterKind } from '../shared/contract';
import { useDoing } from '../shared/doing';
import { t, tOf } from '../shared/i18n';
import { Wrong } from '../shared/wrong';
import { Cards } from './cards';
import { nameOf, type Invite } from './model';
import { CodeInput, type PartProps } from './setup';

const kinds: ReporterKind[] = ['sanitation_worker', 'taxi_driver', 'patrol', 'volunteer', 'staff'];

export function Invites({ api, ground }: PartProps) {
  const doing = useDoing();
  const [whom, setWhom] = useState<string>('sanitation_worker');
  const [code, setCode] = useState('');
  const [team, setTeam] = useState('');
  const [count, setCount] = useState('8');
  const [made, setMade] = useState<{ title: string; invites: Invite[] }>({ title: '', invites: [] });
  const submit = async (event: Event) => {
    event.preventDefault();
    const forTeam = whom === 'team';
    const body = forTeam ? { role: 'team', team, count: Number(count) } : { kind: whom, jurisdiction: code, count: Number(count) };
    const title = forTeam ? (ground.teams.find(({ id }) => id === team)?.name ?? '') : `${tOf('kind', whom)} · ${nameOf(ground, code)}`;
    await doing.run(async () => setMade({ title, invites: (await api.post<Items<Invite>>('/v1/invites', body)).items }));
  };
  return (
    <section>
      <div class="unprinted">
        <h2>{t('admin.part.invites')}</h2>
        <p>{t('admin.invites.how')}</p>
        <form class="grid" onSubmit={submit}>
          <label>
            {t('admin.invites.whom')}
            <select name="whom" value={whom} onChange={(event) => setWhom(event.currentTarget.value)}>
              {kinds.map((kind) => (
                <option value={kind}>{tOf('kind', kind)}</option>
              ))}
              <option value="team">{t('admin.invites.team')}</option>
            </select>
            <span class="small"> </span>
          </label>
          {whom === 'team' ? (
            <label>
              {tOf('role', 'team')}
              <select name="team" required value={team} onChange={(event) => setTeam(event.currentTarget.value)}>
                <option value="">{t('admin.choose')}</option>
                {ground.teams.map(({ id, name }) => (
                  <option value={id}>{name}</option>
                ))}
              </select>
              <span class="small"> </span>
            </label>
          ) : (
            <CodeInput ground={ground} value={code} onInput={setCode} />
          )}
          <label>
            {t('admin.invites.count')}
            <input name="count" type="number" min="1" max="1000" required value={count} onInput={(event) => setCount(event.currentTarget.value)} />
            <span class="small"> </span>
          </label>
          <label>
            <button class="primary" disabled={doing.busy}>
              {t('admin.invites.make')}
            </button>
            <span class="small"> </span>
          </label>
        </form>
        <Wrong text={doing.wrong} />
        {made.invites.length > 0 && (
          <div class="actions">
            <button type="button" class="primary" onClick={() => print()}>
              {t('admin.print')}
            </button>
            <span class="warning">{t('admin.invites.once')}</span>
          </div>
        )}
      </div>
      <Cards invites={made.invites} title={made.title} />
    </section>
  );
}
