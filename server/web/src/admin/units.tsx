// Teams and stations: those there are, and new ones.
import { useState } from 'preact/hooks';
import { useDoing } from '../shared/doing';
import { t } from '../shared/i18n';
import { ago } from '../shared/time';
import { Wrong } from '../shared/wrong';
import { nameOf } from './model';
import { Outline } from './outline';
import { CodeInput, type PartProps } from './setup';

type Place = { lat: number; lon: number };

export function Units(props: PartProps) {
  const { ground } = props;
  return (
    <section>
      <h2>{t('admin.units.teams')}</h2>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t('admin.name')}</th>
            <th scope="col">{t('admin.code')}</th>
            <th scope="col">{t('admin.units.phone')}</th>
            <th scope="col">{t('admin.units.load')}</th>
          </tr>
        </thead>
        <tbody>
          {ground.teams.map(({ id, name, jurisdiction, phone, load }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td>
                {nameOf(ground, jurisdiction)} {jurisdiction}
              </td>
              <td>{phone}</td>
              <td>{load}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <NewUnit {...props} what="teams" />
      <h2>{t('admin.units.stations')}</h2>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t('admin.name')}</th>
            <th scope="col">{t('admin.code')}</th>
            <th scope="col">{t('admin.units.phone')}</th>
            <th scope="col">{t('admin.units.address')}</th>
            <th scope="col">{t('station.places')}</th>
          </tr>
        </thead>
        <tbody>
          {ground.stations.map(({ id, name, jurisdiction, phone, address, free, free_at }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td>
                {nameOf(ground, jurisdiction)} {jurisdiction}
              </td>
              <td>{phone}</td>
              <td>{address}</td>
              <td>{free_at ? `${free} (${t('station.places.said', { ago: ago(free_at) })})` : t('station.places.never')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <NewUnit {...props} what="stations" />
    </section>
  );
}

function NewUnit({ api, ground, changed, what }: PartProps & { what: 'teams' | 'stations' }) {
  const doing = useDoing();
  const [name, setName] = useState('');
  const [code, setCode] = useState('');
  const [phone, setPhone] = useState('');
  const [address, setAddress] = useState('');
  const [place, setPlace] = useState<Place | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const more = what === 'stations' ? { ...(address.trim() && { address: address.trim() }), ...(place && { position: place }) } : {};
    const body = { name: name.trim(), jurisdiction: code, ...(phone.trim() && { phone: phone.trim() }), ...more };
    const made = await doing.run(() => api.post(`/v1/${what}`, body).then(changed));
    if (!made) return;
    for (const set of [setName, setCode, setPhone, setAddress]) set('');
    setPlace(null);
  };
  return (
    <details class="card new">
      <summary>{t(`admin.units.new.${what}`)}</summary>
      <form onSubmit={submit}>
        <div class="grid">
          <label>
            {t('admin.name')}
            <input required maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} />
            <span class="small"> </span>
          </label>
          <CodeInput ground={ground} value={code} onInput={setCode} />
          <label>
            {t('admin.units.phone')}
            <input type="tel" maxLength={200} value={phone} onInput={(event) => setPhone(event.currentTarget.value)} />
            <span class="small"> </span>
          </label>
          {what === 'stations' && (
            <label>
              {t('admin.units.address')}
              <input maxLength={200} value={address} onInput={(event) => setAddress(event.currentTarget.value)} />
              <span class="small"> </span>
            </label>
          )}
        </div>
        {what === 'stations' && <PlaceInput ground={ground} value={place} onInput={setPlace} name={name} />}
        <Wrong text={doing.wrong} />
        <button class="primary" disabled={doing.busy}>
          {t('admin.add')}
        </button>
      </form>
    </details>
  );
}

/// A position, by a click on the outline or in figures (WGS-84).
export function PlaceInput({ ground, value, onInput, name, required = false }: { ground: PartProps['ground']; value: Place | null; onInput(place: Place): void; name: string; required?: boolean }) {
  const figure = (axis: 'lat' | 'lon', most: number) => (
    <label>
      {t(`admin.place.${axis}`)}
      <input
        type="number"
        step="any"
        min={-most}
        max={most}
        required={required}
        value={value?.[axis] ?? ''}
        onInput={(event) => onInput({ lat: value?.lat ?? 0, lon: value?.lon ?? 0, [axis]: Number(event.currentTarget.value) })}
      />
    </label>
  );
  const [near, setNear] = useState('');
  const areas = ground.features.filter(({ geometry, properties }) => geometry && (properties.level ?? 0) <= 2);
  const others = ground.points.map((point) => ({ ...point.position, name: point.name }));
  return (
    <div class="beside">
      <div>
        <p class="quiet">{t('admin.place.how')}</p>
        <label>
          {t('admin.outline.near')}
          <select value={near} onChange={(event) => setNear(event.currentTarget.value)}>
            <option value="">{t('admin.outline.all')}</option>
            {areas.map(({ properties: { code, name: called } }) => (
              <option value={code}>{called}</option>
            ))}
          </select>
        </label>
        {figure('lat', 90)}
        {figure('lon', 180)}
      </div>
      <Outline features={ground.features} marks={[...others, ...(value ? [{ ...value, name: name || '●' }] : [])]} around={near} onPlace={onInput} />
    </div>
  );
}
