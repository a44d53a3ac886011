import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readSecret } from './secret-source.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-secret-'))
const file = path.join(folder, 'secret')
writeFileSync(file, 'from the file\nsecond line\n')
afterAll(() => rmSync(folder, { recursive: true }))

const read = (variables: Readonly<Record<string, string>>) => readSecret(variables, 'PBS_PASSWORD')

test('a secret comes from the variable, an open file, a file or a command, and only its first line', () => {
  expect(read({ PBS_PASSWORD: 'two words\n' })).toBe('two words')
  const descriptor = openSync(file, 'r')
  expect(read({ PBS_PASSWORD_FD: String(descriptor) })).toBe('from the file')
  closeSync(descriptor)
  expect(read({ PBS_PASSWORD_FILE: file })).toBe('from the file')
  expect(read({ PBS_PASSWORD_CMD: 'printf "from the command\\r\\nmore"' })).toBe('from the command')
  expect(read({ PBS_PASSWORD: 'first', PBS_PASSWORD_FILE: '/nowhere' })).toBe('first')
  expect(read({ PBS_PASSWORD: '', PBS_PASSWORD_FILE: file })).toBe('from the file')
  expect(read({ PBS_ENCRYPTION_PASSWORD: 'another' })).toBeUndefined()
})

test('what cannot be read is told without what was in it', () => {
  writeFileSync(path.join(folder, 'large'), Buffer.alloc(65_537, 'x'))
  for (const [name, value] of [
    ['PBS_PASSWORD_FD', '987'],
    ['PBS_PASSWORD_FD', 'three'],
    ['PBS_PASSWORD_FILE', path.join(folder, 'none')],
    ['PBS_PASSWORD_FILE', path.join(folder, 'large')],
    ['PBS_PASSWORD_CMD', 'exit 3'],
    ['PBS_PASSWORD_CMD', 'head -c 70000 /dev/zero'],
  ] as const) {
    const refused = expect.objectContaining({ code: 'input/invalid', message: expect.stringContaining(name) })
    expect(() => read({ [name]: value })).toThrow(refused)
  }
})
