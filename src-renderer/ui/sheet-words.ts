import { translateSaid } from '../i18n/said.ts'

const BEGIN = '-----BEGIN PROXMOX BACKUP KEY-----'
const END = '-----END PROXMOX BACKUP KEY-----'
/** A row of numbered groups: ` 1 SZu1S   2 7isKI`. */
const GROUPS = /^\s*\d+ \S/

/** The recovery sheet in the language of the window. The key itself is left alone, whatever it looks like. */
export function translateSheet(text: string): string {
  let isKey = false
  return text
    .split('\n')
    .map((line) => {
      if (line === BEGIN) isKey = true
      const translated = isKey || GROUPS.test(line) ? line : translateSaid(line)
      if (line === END) isKey = false
      return translated
    })
    .join('\n')
}
