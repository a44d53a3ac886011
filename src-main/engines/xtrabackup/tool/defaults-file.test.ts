import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type ServerConnection, writeDefaultsFile } from './defaults-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-defaults-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
async function written(connection: ServerConnection): Promise<string> {
  const file = join(folder, `${files++}.cnf`)
  await writeDefaultsFile(file, connection)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  return readFileSync(file, 'utf8')
}

test('localhost with a port is that port, not the usual socket', async () => {
  expect(await written({ host: 'localhost', port: 3307 })).toContain('host="127.0.0.1"\nport="3307"')
  expect(await written({ host: 'localhost' })).toContain('host="localhost"')
  expect(await written({ host: 'db1', port: 3307 })).toContain('host="db1"\nport="3307"')
})

test('a socket goes before a host', async () => {
  const text = await written({ socket: '/run/db.sock', host: 'db1', port: 3306 })
  expect(text).toContain('socket="/run/db.sock"')
  expect(text).not.toMatch(/host|port/)
})

test('a password is written so that the programs read it as it is', async () => {
  expect(await written({ password: 'a "b" #c \\d' })).toContain('password="a \\"b\\" #c \\\\d"')
  await expect(written({ password: 'two\nlines' })).rejects.toMatchObject({ code: 'input/invalid' })
})
