/** The console's languages: the browser's first, then what somebody chose. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Language, preferred } from "./preferred";

export { LANGUAGES, type Language } from "./preferred";

const KEY = "grok2api.language";

const load: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import("./en"),
  "zh-CN": () => import("./zh-CN"),
};

async function use(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await load[language]()).default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function startLanguages(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    lng: undefined,
    fallbackLng: false,
    interpolation: { escapeValue: false },
    returnNull: false,
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0]);
  await use(preferred(localStorage.getItem(KEY), navigator.languages));
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language);
  await use(language);
}
