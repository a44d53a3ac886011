import { errorCodes } from '../../src-shared/errors.ts'
import { said as english } from './en/said.ts'
import { language, t } from './translate.ts'

/**
 * Sentences come from the other side in English, with names and numbers already in them: titles of jobs, reasons,
 * verdicts, hints. They are stored in that form, so they are recognised by it and said anew. What is not known stays
 * as it came.
 *
 *     'Waits until “{{title}}” has ended.'  ↔  'Wartet, bis „{{title}}“ fertig ist.'
 */
export function translateSaid(text: string): string {
  if (language() === 'en') return text
  for (const { name, pattern, slots } of forms()) {
    const found = pattern.exec(text)
    if (found === null) continue
    const values = Object.fromEntries(slots.map((slot, at) => [slot, found[at + 1] ?? '']))
    return (t as unknown as Say)(`said.${name}`, values) // the values are those the text itself has places for
  }
  return text
}

/** The sentence of a failure: that of its code, then the details as they came. */
export function errorMessage({ code, message }: { readonly code: string; readonly message: string }): string {
  if (language() === 'en' || !isCode(code) || !message.startsWith(errorCodes[code])) return message
  return t(`errors.${code}`) + message.slice(errorCodes[code].length)
}

/** The same for a failure of which only the words were kept. */
export function translateFailure(message: string): string {
  if (language() === 'en') return message
  const code = Object.keys(errorCodes).find((each) => isCode(each) && message.startsWith(errorCodes[each]))
  return code === undefined ? translateSaid(message) : errorMessage({ code, message })
}

function isCode(code: string): code is keyof typeof errorCodes {
  return Object.hasOwn(errorCodes, code)
}

type Say = (key: `said.${SaidName}`, values: Readonly<Record<string, string>>) => string

type SaidName = keyof typeof english

interface Form {
  readonly name: SaidName
  readonly pattern: RegExp
  readonly slots: readonly string[]
}

let made: readonly Form[] | undefined

function forms(): readonly Form[] {
  made ??= (Object.entries(english) as [SaidName, string][]).map(([name, text]) => ({
    name,
    pattern: new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\{\w+\}\}/g, '(.*)')}$`, 's'),
    slots: [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, slot]) => slot ?? ''),
  }))
  return made
}
