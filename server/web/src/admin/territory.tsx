// Jurisdictions: the tree, its outline, and an import that shows first what it would change.
import { useState } from 'preact/hooks';
import { useDoing } from '../shared/doing';
import { t, type Key } from '../shared/i18n';
import { Wrong } from '../shared/wrong';
import { changes, type Feature, type Preview } from './model';
import { Outline } from './outline';
import type { PartProps } from './setup';

const patient = { timeout: 120_000 };

export function Territory({ api, ground, changed }: PartProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [words, setWords] = useState('');
  const [near, setNear] = useState<string | null>(null);
  const wanted = words.trim().toLowerCase();
  const depth = (feature: Feature) => feature.properties.level ?? 0;
  // Streets and communities show once they are looked for: the whole list is as long as a book.
  const shown = ground.features.filter((feature) =>
    wanted ? `${feature.properties.code} ${feature.properties.name}`.toLowerCase().includes(wanted) : depth(feature) <= 1 || feature.properties.parent === chosen,
  );
  const schematic = ground.features.some(({ properties }) => properties.schematic);
  return (
    <section>
      <h2>{t('admin.part.territory')}</h2>
      {schematic && <p class="warning">{t('admin.territory.schematic')}</p>}
      <div class="beside">
        <div>
          <label>
            {t('admin.search')}
            <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
          </label>
          <p class="quiet small">{t('admin.territory.count', { n: ground.features.length })}</p>
          <div class="actions">
            <button type="button" disabled={!chosen} onClick={() => setNear(chosen)}>
              {t('admin.outline.near')}
            </button>
            <button type="button" disabled={!near} onClick={() => setNear(null)}>
              {t('admin.outline.all')}
            </button>
          </div>
          <ul class="tree">
            {shown.slice(0, 500).map((feature) => (
              <li key={feature.properties.code}>
                <button type="button" class={`depth-${Math.min(4, depth(feature))}`} aria-pressed={feature.properties.code === chosen} onClick={() => setChosen(feature.properties.code)}>
                  {feature.properties.name} <span class="quiet">{feature.properties.code}</span>
                  {!feature.geometry && <span class="quiet"> · {t('admin.territory.no_area')}</span>}
                </button>
              </li>
            ))}
          </ul>
        </div>
        <Outline features={ground.features} chosen={chosen} onChoose={setChosen} around={near} />
      </div>
      <Import api={api} changed={changed} />
    </section>
  );
}

function Import({ api, changed }: Pick<PartProps, 'api' | 'changed'>) {
  const doing = useDoing();
  const [file, setFile] = useState<File | null>(null);
  const [crs, setCrs] = useState('wgs84');
  const [preview, setPreview] = useState<Preview | null>(null);
  const [said, setSaid] = useState('');
  const send = <T,>(query: string) =>
    api.send('POST', `/v1/jurisdictions?crs=${crs}${query}`, file!, { ...patient, headers: { 'Content-Type': 'application/geo+json' } }).then((answer) => answer.json() as Promise<T>);
  const look = (event: Event) => {
    event.preventDefault();
    setSaid('');
    setPreview(null);
    void doing.run(async () => setPreview(await send<Preview>('&dry_run=1')));
  };
  const make = () =>
    doing.run(async () => {
      const { count } = await send<{ count: number }>('');
      setPreview(null);
      setSaid(t('admin.import.done', { n: count }));
      await changed();
    });
  const forget = () => setPreview(null);
  const nothing = preview && changes.every((change) => preview[change].count === 0);
  return (
    <div class="card import">
      <h3>{t('admin.import')}</h3>
      <p>{t('admin.import.how')}</p>
      <form class="grid" onSubmit={look}>
        <label>
          {t('admin.import.file')}
          <input
            type="file"
            accept=".geojson,.json,application/geo+json"
            required
            onChange={(event) => {
              setFile(event.currentTarget.files?.[0] ?? null);
              forget();
            }}
          />
        </label>
        <label>
          {t('admin.import.crs')}
          <select
            value={crs}
            onChange={(event) => {
              setCrs(event.currentTarget.value);
              forget();
            }}
          >
            <option value="wgs84">WGS-84</option>
            <option value="gcj02">{t('admin.import.gcj02')}</option>
          </select>
        </label>
        <label>
          <button class={preview ? '' : 'primary'} disabled={doing.busy}>
            {t('admin.import.look')}
          </button>
        </label>
      </form>
      <Wrong text={doing.wrong} />
      {said && (
        <p class="said" role="status">
          {said}
        </p>
      )}
      {preview && (
        <div role="status">
          <h4>{t('admin.import.would', { n: preview.count })}</h4>
          {nothing && <p>{t('admin.import.nothing')}</p>}
          {changes.map((change) => {
            const { count, items } = preview[change];
            return count ? (
              <details key={change} open={change === 'missing'} class={change}>
                <summary>{t(`admin.import.${change}` as Key, { n: count })}</summary>
                <p>
                  {items.map(({ code, name }) => `${name} ${code}`).join(t('list.comma'))}
                  {count > items.length && ' …'}
                </p>
              </details>
            ) : null;
          })}
          {preview.missing.count > 0 ? (
            <p class="wrong">{t('admin.import.refused')}</p>
          ) : (
            <div class="actions">
              <button type="button" class="primary" disabled={doing.busy} onClick={make}>
                {t('admin.import.do')}
              </button>
              <button type="button" onClick={forget}>
                {t('action.cancel')}
              </button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}
