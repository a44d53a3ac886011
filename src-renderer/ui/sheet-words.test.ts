import { afterEach, expect, test } from 'vitest'
import { setLanguage } from '../i18n/translate.ts'
import { translateSheet } from './sheet-words.ts'

afterEach(() => setLanguage('en'))

/** As `holdfast key paper` prints it (app/services/recovery-sheet.test.ts holds the two together). */
const sheet = `Holdfast recovery sheet: main

Fingerprint: aa:bb
Made: 2026-08-01

Whoever has this sheet can read the backups made with this key.
Without it, and without the computer they were made on, nobody can.
Keep it on paper, away from the computer.

To restore on another computer, install Holdfast and add the repository.
Then choose Settings, Security, Bring back a key, and paste the text below.
On the command line, with the text in a file:

  holdfast key import <file>

-----BEGIN PROXMOX BACKUP KEY-----
Made: not by us
{ "kdf": null }
-----END PROXMOX BACKUP KEY-----
The passphrase is needed too; it is not on this sheet.

The value of "data" once more, in groups that Holdfast asks for:

 1 SZu1S   2 7isKI
`

test('in German every sentence of the sheet is German, and the key is as it was', () => {
  expect(translateSheet(sheet)).toBe(sheet)
  setLanguage('de')
  const german = translateSheet(sheet).split('\n')
  const kept = sheet.split('\n').filter((line) => line !== '' && german.includes(line))
  expect(kept).toEqual([
    '  holdfast key import <file>',
    '-----BEGIN PROXMOX BACKUP KEY-----',
    'Made: not by us',
    '{ "kdf": null }',
    '-----END PROXMOX BACKUP KEY-----',
    ' 1 SZu1S   2 7isKI',
  ])
  expect(german[0]).toBe('Notfallblatt von Holdfast: main')
})
