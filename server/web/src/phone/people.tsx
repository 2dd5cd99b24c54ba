// Who uses this phone. Several may share one; each sees their own.
import { useEffect, useState } from 'preact/hooks';
import { createApi, Refusal, Unreachable } from '../shared/api';
import { t, tOf } from '../shared/i18n';
import { explain } from '../shared/problems';
import { Chip } from './chips';
import { read, setSetting, setting, write, type Person } from './db';
import { largePictures } from './picture';
import { back, go } from './screens';
import { choosePerson, sendSoon, type Here } from './store';

export const nameOf = ({ me }: Person) => me.display_name || (me.kind ? tOf('kind', me.kind) : tOf('role', me.role));

export function People({ state }: { state: Here }) {
  const [persisted, setPersisted] = useState<boolean | undefined>();
  const [room, setRoom] = useState<number | undefined>();
  const [wrong, setWrong] = useState('');
  const [large, setLarge] = useState(false);
  useEffect(() => {
    void setting<boolean>(largePictures).then((chosen) => setLarge(chosen === true));
    void navigator.storage?.persisted?.().then(setPersisted);
    void navigator.storage?.estimate?.().then(({ quota = 0, usage = 0 }) => setRoom(Math.floor((quota - usage) / 2 ** 20)));
  }, []);

  const choose = async (id: string) => {
    await choosePerson(id);
    sendSoon();
    back();
  };
  const leave = async (person: Person) => {
    const waits = await read(async (tx) => (await tx.all('waiting')).some(({ owner }) => owner === person.id) || (await tx.all('pictures')).some(({ owner, state: one }) => owner === person.id && one === 'waiting'));
    if (!confirm(t(waits ? 'people.leave_waiting' : 'people.leave_sure', { name: nameOf(person) }))) return;
    try {
      if (!person.revoked) await createApi(person.token).post('/v1/logout');
    } catch (error) {
      if (error instanceof Unreachable) return setWrong(explain(error));
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
    }
    await write(async (tx) => {
      tx.delete('people', person.id);
      for (const store of ['reports', 'pictures'] as const) for (const one of await tx.all(store)) if (one.owner === person.id) tx.delete(store, one.id);
      for (const one of await tx.all('waiting')) if (one.owner === person.id) tx.delete('waiting', one.seq!);
      for (const one of await tx.all('sightings')) if (one.owner === person.id) tx.delete('sightings', [one.owner, one.id]);
    });
  };

  return (
    <section>
      <h2>{t('people.title')}</h2>
      <ul class="list">
        {state.people.map((person) => (
          <li key={person.id} class="row">
            <button type="button" class="grow" aria-pressed={person.id === state.person?.id} onClick={() => choose(person.id)}>
              {nameOf(person)}
              {person.revoked && ` · ${t('people.revoked')}`}
            </button>
            <button type="button" onClick={() => leave(person)}>
              {t('people.leave')}
            </button>
          </li>
        ))}
      </ul>
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <button type="button" onClick={() => go({ name: 'enrol' })}>
        {t('people.add')}
      </button>
      <h2>{t('people.phone')}</h2>
      <p>{persisted === undefined ? '' : persisted ? t('people.persistent') : t('people.not_persistent')}</p>
      <Chip
        on={large}
        onPress={() => {
          setLarge(!large);
          void setSetting(largePictures, !large);
        }}
      >
        {t('people.large')}
      </Chip>
      {room !== undefined && <p class="quiet">{t('people.room', { n: room })}</p>}
    </section>
  );
}
