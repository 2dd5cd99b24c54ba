import { mount } from '../shared/mount';
import { LanguageSwitch } from '../shared/language_switch';
import { t } from '../shared/i18n';

function Page() {
  return (
    <>
      <header class="bar">
        <h1>{t('app.name')}</h1>
        <span class="grow" />
        <LanguageSwitch />
      </header>
      <main>
        <section class="card narrow">
          <h2>{t('enrol.title')}</h2>
          <p>{t('enrol.how')}</p>
          <p class="quiet">{t('app.principle')}</p>
        </section>
      </main>
    </>
  );
}

void mount(<Page />);
