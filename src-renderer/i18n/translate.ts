import { createInstance } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { german } from './de.ts'
import { english } from './en.ts'

export type Language = 'en' | 'de'

type Texts = typeof english
type Feature = keyof Texts
type Bare<Name extends string> = Name extends `${infer Key}_one` | `${infer Key}_other` ? Key : Name

/** Every text of the window, as the English files name it: `jobs.nothingYet`; a text with plural forms by its bare name. */
export type TextKey = { [F in Feature]: `${F}.${Bare<Extract<keyof Texts[F], string>>}` }[Feature]

/** The names in `{{…}}`; what follows a comma says how the value is written, not what it is called. */
type SlotsIn<Text> = Text extends `${string}{{${infer Slot}}}${infer Rest}`
  ? (Slot extends `${infer Name},${string}` ? Name : Slot) | SlotsIn<Rest>
  : never

/** What a text needs: its slots, and for one with plural forms those of both and the count that chooses between them. */
type SlotsOf<Key> = Key extends `${infer F extends Feature}.${infer Name}`
  ? Name extends keyof Texts[F]
    ? SlotsIn<Texts[F][Name]>
    : `${Name}_other` extends keyof Texts[F]
      ? SlotsIn<Texts[F][Extract<`${Name}_${'one' | 'other'}`, keyof Texts[F]>]> | 'count'
      : never
  : never

type Values<Key> = [SlotsOf<Key>] extends [never]
  ? readonly []
  : readonly [values: Readonly<Record<SlotsOf<Key>, string | number>>]

/** Texts that need no values, for tables of words. */
export type WordKey = { [Key in TextKey]: [SlotsOf<Key>] extends [never] ? Key : never }[TextKey]

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'window'
    resources: { window: typeof english }
  }
}

// The one thing of the window that is made on import: words are needed by plain functions everywhere, and a language
// is no less global than the page's `lang`.
const i18n = createInstance()
void i18n.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  defaultNS: 'window',
  ns: ['window'],
  resources: { en: { window: english }, de: { window: german } },
  // React escapes; a path with an ampersand is shown as it is.
  interpolation: { escapeValue: false },
  initAsync: false,
})

type Translate = (key: string, values: object | undefined) => string

/** A text in the chosen language, with its values: `t('time.ago', { time })`. Plurals and numbers follow the language. */
export function t<Key extends TextKey>(key: Key, ...[values]: Values<Key>): string {
  return (i18n.t as unknown as Translate)(key, values) // the types above say more than its own, and of many keys at once
}

/** Numbers, dates and lists are written as in this place; English days come before their month, as everywhere here. */
export function locale(): string {
  return language() === 'de' ? 'de-DE' : 'en-GB'
}

export function language(): Language {
  return i18n.language === 'de' ? 'de' : 'en'
}

/** Takes effect at once: what is drawn from then on is in that language. */
export function setLanguage(next: Language): void {
  // Nothing is loaded, so there is nothing to wait for and nothing that could fail.
  void i18n.changeLanguage(next)
}
