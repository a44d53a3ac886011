import { useEffect } from 'react'
import { rememberLanguage, resolveLanguage } from '../i18n/language-setting.ts'
import { setLanguage } from '../i18n/translate.ts'
import { useSharedValue } from '../state/use-app.tsx'

/** The settings decide over the language; the window remembers it for the next start, before they are read. */
export function useLanguageSetting(): void {
  const setting = useSharedValue('settings')?.language
  useEffect(() => {
    if (setting === undefined) return
    const next = resolveLanguage(setting, navigator.languages)
    setLanguage(next)
    rememberLanguage(next)
    document.documentElement.lang = next
  }, [setting])
}
