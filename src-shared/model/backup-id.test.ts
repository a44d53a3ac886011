import { expect, test } from 'vitest'
import { backupIdOf } from './backup-id.ts'
import { backupId } from './plan.ts'

test.each(['Büro & Söhne', '…', '.hidden', 'a/b', 'x'.repeat(300)])(
  '%s becomes an id every repository accepts',
  (name) => {
    expect(backupId.safeParse(backupIdOf('Fjörd', name)).success).toBe(true)
    expect(backupId.safeParse(backupIdOf('', name)).success).toBe(true)
  },
)

test('two plans of one computer have groups of their own', () => {
  expect(backupIdOf('Fjord', 'Pictures')).toBe('fjord-pictures')
  expect(backupIdOf('Fjord', 'Documents')).toBe('fjord-documents')
})
