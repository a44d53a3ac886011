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

test('what was read from paper counts only when each group is right and another one', () => {
  const group = (at: number) => ({ at, text: ` ${groupsOf(keyFile)[at - 1]} ` })
  expect(areOnSheet(keyFile, [group(1), group(5), group(9)])).toBe(true)
  expect(areOnSheet(keyFile, [group(1), group(1), group(1)])).toBe(false)
  expect(areOnSheet(keyFile, [group(1), group(5), { at: 9, text: 'wrong' }])).toBe(false)
  expect(areOnSheet(keyFile, [group(1), group(5), { at: 99, text: '' }])).toBe(false)
})
