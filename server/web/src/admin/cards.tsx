// Invites as cards with a QR code, to be printed and cut.
import { encode } from 'uqr';
import { language, t } from '../shared/i18n';
import type { Invite } from './model';

/// The code as one path of squares, with the quiet zone of four modules that scanners want (ISO/IEC 18004).
export function Qr({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

export function Cards({ invites, title }: { invites: Invite[]; title: string }) {
  const host = invites[0] && new URL(invites[0].url).host;
  return (
    <>
      {host && host !== location.host && <p class="warning unprinted">{t('admin.invites.host', { host, here: location.host })}</p>}
      <CardList invites={invites} title={title} />
    </>
  );
}

function CardList({ invites, title }: { invites: Invite[]; title: string }) {
  return (
    <ul class="invites">
      {invites.map(({ invite, url, expires_at }, at) => (
        <li key={invite}>
          <Qr text={url} label={t('admin.invites.qr', { n: at + 1 })} />
          <div>
            <b>{title}</b>
            <p>{t('admin.invites.steps')}</p>
            <p class="small">{t('admin.invites.until', { at: new Date(expires_at).toLocaleString(language.value, { dateStyle: 'medium', timeStyle: 'short' }) })}</p>
            <p class="link">{url}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
