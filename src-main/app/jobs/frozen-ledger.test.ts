import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { frozenName } from '../../sources/freeze/frozen-name.ts'
import type { SnapshotPlace, SnapshotProvider } from '../../sources/freeze/snapshot-provider.ts'
import { openFrozenLedger, removeLeftovers } from './frozen-ledger.ts'

function notebook() {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'holdfast-ledger-'))
  onTestFinished(() => rmSync(dataDirectory, { recursive: true }))
  const place = (fileSystem = 'memory'): SnapshotPlace => ({
    volume: { fileSystem, id: 'one', top: '/home' },
    name: frozenName(),
  })
  return { dataDirectory, place, ledger: openFrozenLedger(dataDirectory), folder: join(dataDirectory, 'frozen') }
}

/** A file system whose snapshots are names in memory. */
function provider(answer: 'removed' | 'gone' | 'away' | Error = 'removed') {
  const removed: string[] = []
  const inMemory: SnapshotProvider = {
    fileSystem: 'memory',
    title: 'Memory',
    locate: () => ({ state: 'unsupported' }),
    inner: () => [],
    make: async ({ top }, name) => `${top}/${name}`,
    async remove({ name }) {
      if (answer instanceof Error) throw answer
      if (answer === 'removed') removed.push(name)
      return answer
    },
  }
  return { removed, providers: [inMemory] }
}

test('what a run that is no more has left is removed once and forgotten', async () => {
  const { dataDirectory, place, ledger, folder } = notebook()
  const left = place()
  const entry = await ledger.remember(left)
  const { providers, removed } = provider()
  expect(await removeLeftovers(dataDirectory, () => providers)).toEqual([]) // its run is at work
  entry.leave()
  expect(await removeLeftovers(dataDirectory, () => providers)).toEqual([`/home/${left.name}`])
  expect(await removeLeftovers(dataDirectory, () => providers)).toEqual([])
  expect([removed, readdirSync(folder)]).toEqual([[left.name], []])
})

test('what was removed by its own run leaves nothing', async () => {
  const { dataDirectory, place, ledger, folder } = notebook()
  const entry = await ledger.remember(place())
  expect(readdirSync(folder).some((name) => name.endsWith('.json'))).toBe(true)
  entry.forget()
  expect(readdirSync(folder)).toEqual([])
  expect(await removeLeftovers(dataDirectory, () => provider().providers)).toEqual([])
})

test('what somebody else has removed is forgotten, and not said', async () => {
  const { dataDirectory, place, ledger, folder } = notebook()
  const entry = await ledger.remember(place())
  entry.leave()
  expect(await removeLeftovers(dataDirectory, () => provider('gone').providers)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

test('what is out of reach, not permitted or of a file system that nobody knows is kept for later', async () => {
  const { dataDirectory, place, ledger, folder } = notebook()
  for (const one of [place(), place('another')]) (await ledger.remember(one)).leave()
  for (const answer of ['away', new Error('EPERM')] as const) {
    expect(await removeLeftovers(dataDirectory, () => provider(answer).providers)).toEqual([])
  }
  expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toHaveLength(2)
  expect(await removeLeftovers(dataDirectory, () => provider().providers)).toHaveLength(1)
})

test('a record that is none, or names something that is no snapshot of ours, removes nothing', async () => {
  const { dataDirectory, place, ledger, folder } = notebook()
  const entry = await ledger.remember(place())
  entry.forget()
  const name = frozenName()
  const foreign = { version: 1, volume: { fileSystem: 'memory', id: 'one', top: '/' }, name: 'home' }
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(foreign))
  writeFileSync(join(folder, `${frozenName()}.json`), '{"version":1,')
  const { providers, removed } = provider()
  expect(await removeLeftovers(dataDirectory, () => providers)).toEqual([])
  expect([removed, readdirSync(folder)]).toEqual([[], []])
  expect(await removeLeftovers(join(dataDirectory, 'nothing'), () => providers)).toEqual([])
  expect(existsSync(join(dataDirectory, 'nothing'))).toBe(false)
})
