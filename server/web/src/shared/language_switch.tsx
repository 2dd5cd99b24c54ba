import { chooseLanguage, language, t } from './i18n';

export function LanguageSwitch() {
  const other = language.value === 'en' ? 'zh-CN' : 'en';
  return (
    <button type="button" lang={other} onClick={() => chooseLanguage(other)}>
      {t('language.other')}
    </button>
  );
}
