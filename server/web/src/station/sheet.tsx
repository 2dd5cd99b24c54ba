// 求助登记表 on A4: what was typed, in the form's layout, with room to write what was not.
import { allowances, ageInWords, form, sexes } from '../words/papers';
import type { Intake } from './records';

interface SheetProps {
  intake: Intake;
  station: string;
  number: string;
  arrivedAt: string | null;
}

function at(time: string | null): string {
  if (!time) return '';
  return new Date(time).toLocaleString('zh-CN', { dateStyle: 'long', timeStyle: 'short', hour12: false });
}

export function Sheet({ intake, station, number, arrivedAt }: SheetProps) {
  const known = intake.relatives ?? [];
  const relatives = [...known, ...Array.from({ length: Math.max(0, 3 - known.length) }, () => ({}) as (typeof known)[number])];
  const document = [intake.document?.kind, intake.document?.number].filter(Boolean).join(' ');
  return (
    <article class="sheet" lang="zh-CN">
      <h1>{form.title}</h1>
      <p class="sheet-head">
        <span>{form.station}：{station}</span>
        <span>{form.arrived}：{at(arrivedAt)}</span>
        <span>{form.number}：{number}</span>
      </p>
      <table>
        <tbody>
          <tr>
            <th>{intake.label ? form.label : form.name}</th>
            <td colSpan={2}>{intake.name ?? intake.label}</td>
            <th>{form.sex}</th>
            <td>{sexes[intake.sex ?? ''] ?? intake.sex}</td>
            <th>{form.age}</th>
            <td>{ageInWords(intake.age)}</td>
          </tr>
          <tr>
            <th>{form.document}</th>
            <td colSpan={3}>{document}</td>
            <th>{form.allowance}</th>
            <td colSpan={2}>{allowances[intake.allowance ?? ''] ?? intake.allowance}</td>
          </tr>
          <Wide name={form.registered} value={intake.registered_residence} />
          <Wide name={form.residence} value={intake.residence} />
          <Wide name={form.reason} value={intake.reason} tall />
          <Wide name={form.since} value={intake.since} />
          <Wide name={form.course} value={intake.course} tall />
          <tr>
            <th rowSpan={relatives.length + 1}>{form.relatives}</th>
            <th>{form.relativeName}</th>
            <th>{form.relation}</th>
            <th colSpan={2}>{form.relativeResidence}</th>
            <th colSpan={2}>{form.contact}</th>
          </tr>
          {relatives.map((one) => (
            <tr>
              <td>{one.name}</td>
              <td>{one.relation}</td>
              <td colSpan={2}>{one.residence}</td>
              <td colSpan={2}>{one.contact}</td>
            </tr>
          ))}
          <Wide name={form.belongings} value={intake.belongings} tall />
        </tbody>
      </table>
      <p>{form.voluntary}</p>
      <p class="sheet-signs">
        <span>{form.person}：</span>
        <span>{form.date}</span>
        <span>{form.clerk}：</span>
        <span>{form.date}</span>
      </p>
      <p class="sheet-foot">{form.principle}</p>
    </article>
  );
}

function Wide({ name, value, tall }: { name: string; value: string | null | undefined; tall?: boolean }) {
  return (
    <tr class={tall ? 'tall' : ''}>
      <th>{name}</th>
      <td colSpan={6}>{value}</td>
    </tr>
  );
}
