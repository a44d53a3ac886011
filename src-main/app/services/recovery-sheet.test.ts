import { expect, test } from 'vitest'
import { keyId } from '../../../src-shared/model/ids.ts'
import { createKeyFile, formatKeyFile } from '../../storage/key-file.ts'
import { areOnSheet, groupsOf, sheetText } from './recovery-sheet.ts'

const { file } = await createKeyFile({ now: new Date('2026-08-01T00:00:00Z') })
const keyFile = formatKeyFile(file)

test('the groups are the key, in order and whole', () => {
  expect(groupsOf(keyFile).join('')).toBe(file.data)
  expect(groupsOf(keyFile)).toHaveLength(9)
})

test('every group stands on the sheet beside its number', () => {
  const facts = { id: keyId.parse('00000000-0000-4000-8000-000000000001'), name: 'main', fingerprint: 'aa' }
  const text = sheetText({ ...facts, kdf: 'none', createdAt: 0 }, keyFile)
  expect(text).toContain(keyFile)
  for (const [at, group] of groupsOf(keyFile).entries()) expect(text).toContain(`${at + 1} ${group}`)
})

test('its sentences are those the window knows in every language', () => {
  const facts = { id: keyId.parse('00000000-0000-4000-8000-000000000001'), name: 'main', fingerprint: 'aa:bb' }
  const sentences = sheetText({ ...facts, kdf: 'scrypt', createdAt: Date.UTC(2026, 7, 1) }, keyFile)
    .replace(keyFile, 'KEY')
    .split('\n')
    .filter((line) => line !== '' && !/^\s*\d+ /.test(line))
  // Other words need other ones in src-renderer/i18n/en/said.ts (ui/sheet-words.test.ts).
  expect(sentences).toEqual([
    'Holdfast recovery sheet: main',
    'Fingerprint: aa:bb',
    'Made: 2026-08-01',
    'Whoever has this sheet can read the backups made with this key.',
    'Without it, and without the computer they were made on, nobody can.',
    'Keep it on paper, away from the computer.',
    'To restore on another computer, install Holdfast and add the repository.',
    'Then choose Settings, Security, Bring back a key, and paste the text below.',
    'On the command line, with the text in a file:',
    '  holdfast key import <file>',
    '-----BEGIN PROXMOX BACKUP KEY-----',
    'KEY',
    '-----END PROXMOX BACKUP KEY-----',
    'The passphrase is needed too; it is not on this sheet.',
    'The value of "data" once more, in groups that Holdfast asks for:',
  ])
})

test('what was read from paper counts only when each group is right and another one', () => {
  const group = (at: number) => ({ at, text: ` ${groupsOf(keyFile)[at - 1]} ` })
  expect(areOnSheet(keyFile, [group(1), group(5), group(9)])).toBe(true)
  expect(areOnSheet(keyFile, [group(1), group(1), group(1)])).toBe(false)
  expect(areOnSheet(keyFile, [group(1), group(5), { at: 9, text: 'wrong' }])).toBe(false)
  expect(areOnSheet(keyFile, [group(1), group(5), { at: 99, text: '' }])).toBe(false)
})
