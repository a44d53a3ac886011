import { t } from '../i18n/translate.ts'
import { formatCount } from './format.ts'

/** Small numbers as words inside sentences: `seven plans`, `13 plans`. */
export function numberWord(n: number): string {
  return t('ui.numbers').split(' ')[n] ?? formatCount(n)
}

/** `Home folder`, `Home folder and Photos`, `Home folder, Photos and 3 more`. */
export function joinNames(names: readonly string[], most = 3): string {
  if (names.length <= 1) return names[0] ?? ''
  if (names.length > most)
    return t('ui.andMore', { names: names.slice(0, most - 1).join(', '), n: names.length - most + 1 })
  return t('ui.andLast', { names: names.slice(0, -1).join(', '), last: names.at(-1) ?? '' })
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The last component of a path; the path itself when it is a root. */
export function lastComponent(path: string): string {
  return (
    path
      .split(/[/\\]/)
      .filter((part) => part !== '')
      .at(-1) ?? path
  )
}

/** Messages of failures may end in the path they are about: with a full stop, so that another sentence can follow. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
