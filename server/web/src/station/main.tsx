import { mount } from '../shared/mount';
import { StaffPage, type Session } from '../shared/staff';
import { t, tOf } from '../shared/i18n';

function Page({ session: { me } }: { session: Session }) {
  return (
    <section class="card narrow">
      <h2>{me.display_name}</h2>
      <p>{tOf('role', me.role)}</p>
      <p class="quiet">{t('app.principle')}</p>
    </section>
  );
}

void mount(
  <StaffPage title="station.title" roles={['station']}>
    {(session) => <Page session={session} />}
  </StaffPage>,
);
