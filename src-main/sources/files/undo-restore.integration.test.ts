import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TreeEntry } from '../../archive/tree.ts'
import { extractTree } from './extract.ts'
import {
  calls,
  canRun,
  directoryEntry,
  extractOptions,
  fileEntry,
  leave,
  listener,
  never,
  root,
  stream,
  symlinkEntry,
  temporaryFolder,
  walkAll,
} from './tree-fixture.ts'
import { undoRestore } from './undo-restore.ts'

function prepare() {
  const top = temporaryFolder()
  const to = join(top, 'to')
  const safety = join(top, 'safety')
  mkdirSync(join(to, 'd'), { recursive: true })
  writeFileSync(join(to, 'f'), 'old')
  writeFileSync(join(to, 'd/f'), 'old too')
  writeFileSync(join(to, 'e'), 'a file where a folder will be')
  symlinkSync('f', join(to, 'l'))
  for (const name of ['f', 'd/f', 'e', 'd', '.']) utimesSync(join(to, name), 1e9, 1e9)
  return { to, safety }
}

const link: TreeEntry = { kind: 'hardlink', name: Buffer.from('h'), target: Buffer.from('f') }

function restored(): AsyncGenerator<TreeEntry> {
  const inside = [
    directoryEntry('d'),
    fileEntry('f', 'new too'),
    directoryEntry('n'),
    fileEntry('x', '1'),
    leave,
    leave,
  ]
  const e = [directoryEntry('e'), fileEntry('y', '2'), leave]
  return stream(
    root,
    ...inside,
    ...e,
    fileEntry('f', 'new'),
    link,
    symlinkEntry('l', 'd'),
    symlinkEntry('m', 'd'),
    leave,
  )
}

async function restore(to: string, safety: string) {
  const heard = listener()
  await extractTree(restored(), to, { ...extractOptions, safetyCopy: safety }, heard, never)
  expect([heard.problems, heard.warnings]).toEqual([[], []])
}

async function contents(folder: string) {
  const { seen } = await walkAll(folder)
  return seen.map(({ path, entry, content }) => {
    const modified = 'metadata' in entry && entry.kind !== 'symlink' ? entry.metadata.mtimeNs : undefined
    return [path, entry.kind, content?.toString(), modified, 'metadata' in entry && entry.metadata.permissions]
  })
}

describe('undoing a restore', () => {
  it('brings back what was there, to the time of the folders', async () => {
    const { to, safety } = prepare()
    const before = await contents(to)
    await restore(to, safety)
    expect(readFileSync(join(to, 'h'), 'utf8')).toBe('new')
    expect(readFileSync(join(to, 'e/y'), 'utf8')).toBe('2')
    const heard = listener()
    const counts = await undoRestore(safety, calls, heard, never)
    expect(heard.problems).toEqual([])
    expect(counts.undone).toBe(counts.seen)
    expect(await contents(to)).toEqual(before)
    expect(readdirSync(join(safety, 'saved'))).toEqual([])
    // Once more changes nothing.
    await undoRestore(safety, calls, heard, never)
    expect(await contents(to)).toEqual(before)
  })

  it('leaves alone what was changed since, and keeps its saved copy', async () => {
    const { to, safety } = prepare()
    await restore(to, safety)
    appendFileSync(join(to, 'd/f'), ' and my work')
    writeFileSync(join(to, 'd/n/mine'), 'mine')
    const heard = listener()
    const counts = await undoRestore(safety, calls, heard, never)
    expect(counts.seen).toBe(counts.undone + counts.skipped + counts.failed)
    expect(heard.problems.map(({ path, reason }) => [path, reason])).toEqual([
      ['/d/n', 'Something was put into it since'],
      ['/d/f', 'It was changed since'],
      ['/d/f', 'Something else is there now; what was saved stays in the safety folder'],
    ])
    expect(readFileSync(join(to, 'd/f'), 'utf8')).toBe('new too and my work')
    expect(readFileSync(join(to, 'd/n/mine'), 'utf8')).toBe('mine')
    expect(readFileSync(join(to, 'f'), 'utf8')).toBe('old')
    expect(readdirSync(join(safety, 'saved')).length).toBe(1)
  })

  it('loses nothing wherever the journal breaks off', async () => {
    const whole = prepare()
    await restore(whole.to, whole.safety)
    const length = readFileSync(join(whole.safety, 'journal.jsonl')).length
    for (const cut of [length - 1, length - 60, Math.floor(length / 2)]) {
      const { to, safety } = prepare()
      await restore(to, safety)
      truncateSync(join(safety, 'journal.jsonl'), cut)
      await undoRestore(safety, calls, listener(), never)
      const saved = readdirSync(join(safety, 'saved')).map((name) => join(safety, 'saved', name))
      const kept = saved.filter((path) => lstatSync(path).isFile()).map((path) => readFileSync(path, 'utf8'))
      for (const name of ['f', 'd/f']) {
        const isBack = readFileSync(join(to, name), 'utf8').startsWith('old')
        expect(isBack || kept.some((content) => content.startsWith('old'))).toBe(true)
      }
    }
  })

  it('refuses a folder without a journal, a damaged journal, and a safety folder on another disk or in use', async () => {
    const { to, safety } = prepare()
    await expect(undoRestore(to, calls, listener(), never)).rejects.toMatchObject({ code: 'path/not-found' })
    await restore(to, safety)
    await expect(restore(to, safety)).rejects.toMatchObject({ code: 'input/invalid' })
    writeFileSync(join(safety, 'journal.jsonl'), '{"version":1,"target":"/"}\n{"op":"rm"}\n')
    await expect(undoRestore(safety, calls, listener(), never)).rejects.toMatchObject({ code: 'input/invalid' })
    const mount = temporaryFolder()
    if (!canRun('mount', '-t', 'tmpfs', 'tmpfs', mount)) return
    await expect(restore(to, join(mount, 's'))).rejects.toMatchObject({ code: 'input/invalid' })
    canRun('umount', mount)
  })
})
