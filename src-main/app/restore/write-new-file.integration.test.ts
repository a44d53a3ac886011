import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testFolder } from '../testing/test-app.ts'
import { writeNewFile } from './write-new-file.ts'

async function* parts(...texts: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text
    yield Buffer.from(text)
  }
}

test('a stream becomes a file', async () => {
  const folder = testFolder()
  let bytes = 0
  await writeNewFile(join(folder, 'a'), parts('one', '', 'two'), (count) => {
    bytes += count
  })
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('onetwo')
  expect([readdirSync(folder), bytes]).toEqual([['a'], 6])
})

test('one that breaks off leaves nothing', async () => {
  const folder = testFolder()
  const broken = writeNewFile(join(folder, 'a'), parts('one', new Error('cut')), () => {})
  await expect(broken).rejects.toThrow('cut')
  expect(readdirSync(folder)).toEqual([])
})

test('a file that is there stays, also when it came meanwhile', async () => {
  const folder = testFolder()
  const file = join(folder, 'a')
  async function* late(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('new')
    writeFileSync(file, 'old')
  }
  await expect(writeNewFile(file, late(), () => {})).rejects.toMatchObject({ code: 'input/invalid' })
  await expect(writeNewFile(file, parts('new'), () => {})).rejects.toMatchObject({ code: 'input/invalid' })
  expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['old', ['a']])
})

test('a folder that is not there says so', async () => {
  const missing = join(testFolder(), 'none', 'a')
  await expect(writeNewFile(missing, parts('x'), () => {})).rejects.toMatchObject({ code: 'ENOENT' })
})
