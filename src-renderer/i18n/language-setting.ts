import type { Settings } from '../../src-shared/model/settings.ts'
import type { Language } from './translate.ts'

const KEY = 'holdfast:language'

/** The language a setting asks for; `system` takes the first of the system's that there is, and English otherwise. */
export function resolveLanguage(setting: Settings['language'], preferred: readonly string[]): Language {
  if (setting !== 'system') return setting
  for (const tag of preferred) {
    const [name] = tag.toLowerCase().split('-')
    if (name === 'de' || name === 'en') return name
  }
  return 'en'
}

/** What the window spoke last, so that it opens in that language before the settings are read. */
export function rememberedLanguage(): Language {
  const last = localStorage.getItem(KEY)
  return last === 'de' || last === 'en' ? last : resolveLanguage('system', navigator.languages)
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(KEY, language)
}
