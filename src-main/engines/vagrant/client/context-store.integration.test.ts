import { stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/server.fixture.ts'
import { type ContextFile, formatContext, parseContext } from './context-file.ts'
import { ContextStore } from './context-store.ts'
import { serverAddress } from './server-address.ts'

const context: ContextFile = {
  address: 'host:9701',
  tls: true,
  tlsSkipVerify: false,
  addressInternal: '',
  requireAuth: true,
  authToken: 'secret"\\',
}

test('CLI-01 CLI-02 empty; the first becomes the default; what is loaded is equal; a rename keeps the default; a deletion empties', async () => {
  const folder = join(await temporaryFolder(), 'context')
  const store = new ContextStore(folder)
  expect([await store.list(), await store.default()]).toEqual([[], undefined])
  await store.set('hello', context)
  await store.set('other', { ...context, address: 'o:1' })
  expect([await store.list(), await store.default()]).toEqual([['hello', 'other'], 'hello'])
  expect(await store.load('hello')).toEqual(context)
  expect((await stat(join(folder, 'hello.hcl'))).mode & 0o077).toBe(0)
  await store.rename('hello', 'other')
  expect([await store.list(), await store.default()]).toEqual([['other'], 'other'])
  expect(await store.load('other')).toEqual(context)
  await store.delete('other')
  expect([await store.list(), await store.default()]).toEqual([[], undefined])
})

test('CLI-01 a default that Vagrant made as a link is understood', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'linked.hcl'), formatContext(context))
  await symlink('linked.hcl', join(folder, '_default.hcl'))
  expect(await new ContextStore(folder).default()).toBe('linked')
})

test('CLI-03 deleting what is not there is no error; names that lead elsewhere are refused', async () => {
  const store = new ContextStore(await temporaryFolder())
  await store.delete('missing')
  await expect(store.load('missing')).rejects.toMatchObject({ code: 'path/not-found' })
  for (const name of ['../x', '_default', '', 'a/b', '.x'])
    await expect(store.set(name, context)).rejects.toMatchObject({ code: 'input/invalid' })
})

test('a context that is not understood is refused, not guessed', () => {
  expect(parseContext('# comment\nserver {\n  address = "a:1" // here\n}\n')).toMatchObject({
    address: 'a:1',
    tls: false,
  })
  expect(() => parseContext('server {\n  address = a:1\n}\n')).toThrow('Line 2')
})

test('ROW-34 flags come first, then the environment, then the context; the token is sent whenever it is set', () => {
  const flags = { address: 'f:1' }
  const environment = { VAGRANT_SERVER_ADDR: 'e:1', VAGRANT_SERVER_TLS: '1', VAGRANT_SERVER_TOKEN: 't' }
  expect(serverAddress({ flags, environment, context })).toEqual(flags)
  expect(serverAddress({ environment, context })).toEqual({ address: 'e:1', token: 't', tls: { check: 'authorities' } })
  expect(serverAddress({ environment: { ...environment, VAGRANT_SERVER_TLS_SKIP_VERIFY: 'x' } })?.tls).toEqual({
    check: 'nothing',
  })
  expect(
    serverAddress({ environment: { VAGRANT_SERVER_TOKEN: 't', VAGRANT_SERVER_TLS_SKIP_VERIFY: '1' }, context }),
  ).toEqual({
    address: 'host:9701',
    token: 't',
    tls: { check: 'authorities' },
  })
  expect(serverAddress({ environment: {} })).toBeUndefined()
})
