// Service points, which the public directory shows.
import { useState } from 'preact/hooks';
import { useDoing } from '../shared/doing';
import { t } from '../shared/i18n';
import { Wrong } from '../shared/wrong';
import type { PartProps } from './setup';
import { PlaceInput } from './units';

export function Points({ api, ground, changed }: PartProps) {
  const doing = useDoing();
  const empty = { name: '', address: '', phone: '', hours: '' };
  const [fields, setFields] = useState(empty);
  const [place, setPlace] = useState<{ lat: number; lon: number } | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim()));
    if (!(await doing.run(() => api.post('/v1/points', { ...filled, position: place }).then(changed)))) return;
    setFields(empty);
    setPlace(null);
  };
  return (
    <section>
      <h2>{t('admin.part.points')}</h2>
      <p class="quiet">{t('admin.points.how')}</p>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t('admin.name')}</th>
            <th scope="col">{t('admin.units.address')}</th>
            <th scope="col">{t('admin.units.phone')}</th>
            <th scope="col">{t('admin.points.hours')}</th>
          </tr>
        </thead>
        <tbody>
          {ground.points.map(({ id, name, address, phone, hours }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td>{address}</td>
              <td>{phone}</td>
              <td>{hours}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="card new">
        <h3>{t('admin.points.new')}</h3>
        <form onSubmit={submit}>
          <div class="grid">
            {(['name', 'address', 'phone', 'hours'] as const).map((member) => (
              <label>
                {t(member === 'name' ? 'admin.name' : member === 'hours' ? 'admin.points.hours' : `admin.units.${member}`)}
                <input name={member} required={member === 'name'} maxLength={200} value={fields[member]} onInput={(event) => setFields({ ...fields, [member]: event.currentTarget.value })} />
              </label>
            ))}
          </div>
          <PlaceInput ground={ground} value={place} onInput={setPlace} name={fields.name} required />
          <Wrong text={doing.wrong} />
          <button class="primary" disabled={doing.busy}>
            {t('admin.add')}
          </button>
        </form>
      </div>
    </section>
  );
}
