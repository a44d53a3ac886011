import { expect, test } from 'vitest'
import type { Metadata, TreeEntry } from '../../archive/tree.ts'
import { FileSample } from './sample-files.ts'

const metadata: Metadata = { permissions: 0o644, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] }
const folder = (name: string): TreeEntry => ({ kind: 'directory', name: Buffer.from(name), metadata })
const leave: TreeEntry = { kind: 'leave' }

function file(name: string, sizeBytes = 10n): TreeEntry {
  const open = () => {
    throw new Error('a sample opens nothing')
  }
  return { kind: 'file', name: Buffer.from(name), metadata, sizeBytes, open }
}

async function* stream(...entries: readonly TreeEntry[]) {
  yield* entries
}

test('files are named from the root, and large ones passed over', async () => {
  const sample = new FileSample({ files: 9, maximumFileBytes: 100n, random: Math.random })
  await sample.take(
    'a',
    stream(folder(''), file('1'), folder('x'), folder('y'), file('2'), leave, leave, file('big', 101n), leave),
  )
  await sample.take('b', stream(folder(''), file('3'), leave))
  const paths = sample.files.map(({ tree, names }) => [tree, ...names.map(String)].join('/'))
  expect(paths).toEqual(['a/1', 'a/x/y/2', 'b/3'])
})

test('each file is as likely as any other', async () => {
  let state = 7
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  const chosen = new Map<string, number>()
  for (let run = 0; run < 2000; run++) {
    const sample = new FileSample({ files: 5, maximumFileBytes: 100n, random })
    await sample.take('t', stream(folder(''), ...Array.from({ length: 20 }, (_, at) => file(String(at))), leave))
    expect(sample.files).toHaveLength(5)
    for (const { names } of sample.files) chosen.set(String(names), (chosen.get(String(names)) ?? 0) + 1)
  }
  // A quarter of 2,000 each; six standard deviations either way.
  for (const times of chosen.values()) expect(Math.abs(times - 500)).toBeLessThan(120)
})
