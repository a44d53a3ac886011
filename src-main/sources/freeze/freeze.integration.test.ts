import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FoldersSource, foldersSource } from '../../../src-shared/model/source.ts'
import { MountTable } from '../../os/mount-table.ts'
import { createFilesSource, filesTreeOptions } from '../files/files-source.ts'
import { calls, listener, never, walkAll } from '../files/tree-fixture.ts'
import { makeSubvolume, mountBtrfs, subvolumesOf } from './btrfs-disk.fixture.ts'
import { type FreezeTools, freezeFolders } from './freeze.ts'
import type { SnapshotPlace } from './snapshot-provider.ts'
import { openSurveyTools } from './snapshot-providers.ts'
import { surveyFolder } from './survey-folder.ts'

/** A ledger that remembers in memory, and what was said. */
function freezeTools(more: Partial<FreezeTools> = {}) {
  const remembered = new Map<string, SnapshotPlace>()
  const said: string[] = []
  const tools: FreezeTools = {
    ...openSurveyTools(),
    ledger: {
      async remember(place) {
        expect(existsSync(join(place.volume.top, place.name))).toBe(false)
        remembered.set(place.name, place)
        return { leave: () => undefined, forget: () => void remembered.delete(place.name) }
      },
    },
    say: (level, sentence) => void said.push(`${level} ${sentence}`),
    now: () => new Date(0),
    ...more,
  }
  return { tools, remembered, said }
}

function sourceOf(paths: readonly string[], more: Partial<FoldersSource> = {}): FoldersSource {
  return foldersSource.parse({ kind: 'folders', paths, fileSystemSnapshot: 'always', ...more })
}

/** Everything that a backup of the folder would store and say, but for file systems' own numbers. */
async function read(source: FoldersSource, grafts?: ReadonlyMap<string, Uint8Array>) {
  const { seen, problems, counts } = await walkAll(source.paths[0] ?? '', {
    ...filesTreeOptions(source, calls),
    grafts,
  })
  const listed = seen.map(({ path, entry, content }) => [path, entry.kind, content?.toString(), metadataOf(entry)])
  return { listed, problems, counts }
}

function metadataOf(entry: object): unknown {
  // No archive of a folder plan keeps it, and a snapshot is read-only.
  return 'metadata' in entry ? { ...(entry.metadata as object), subvolume: undefined } : undefined
}

function fill(disk: string): string {
  const home = join(disk, 'home')
  makeSubvolume(home)
  mkdirSync(join(home, 'anna/cache'), { recursive: true })
  writeFileSync(join(home, 'anna/letter'), 'first')
  writeFileSync(join(home, 'anna/cache/x.tmp'), 'left out')
  writeFileSync(join(home, 'anna/.pxarexclude'), '/cache\n')
  linkSync(join(home, 'anna/letter'), join(home, 'anna/same letter'))
  symlinkSync('letter', join(home, 'anna/link'))
  makeSubvolume(join(home, 'anna/machines'))
  writeFileSync(join(home, 'anna/machines/disk'), 'first')
  makeSubvolume(join(home, 'anna/machines/deep'))
  writeFileSync(join(home, 'anna/machines/deep/er'), 'first')
  return home
}

describe('a folder on Btrfs', () => {
  it.for([true, false])(
    'is read as a walk of the real one would have, on one file system: %s',
    async (oneFileSystem) => {
      const disk = mountBtrfs()
      if (disk === undefined) return // said so
      const source = sourceOf([join(fill(disk), 'anna')], { oneFileSystem, excludes: ['*.tmp'] })
      const before = subvolumesOf(disk)
      const live = await read(source)
      const { tools, remembered, said } = freezeTools()
      const frozen = await freezeFolders(source, tools, never)
      const volumes = oneFileSystem ? 1 : 3
      expect([remembered.size, subvolumesOf(disk).length - before.length]).toEqual([volumes, volumes])
      expect(
        said.filter((line) => /^info Reads .* from a snapshot of .* \(Btrfs\), made at 1970/.test(line)),
      ).toHaveLength(volumes)

      // What happens from now on is for the next backup.
      writeFileSync(join(disk, 'home/anna/letter'), 'second')
      writeFileSync(join(disk, 'home/anna/machines/disk'), 'second')
      appendFileSync(join(disk, 'home/anna/machines/deep/er'), ' and more')
      rmSync(join(disk, 'home/anna/link'))
      const held = await read(source, frozen.grafts(source.paths[0] ?? ''))
      // A folder that the walk does not enter is met where it is, with the times of now.
      expect(held.listed.map(([path, kind, content]) => [path, kind, content])).toEqual(
        live.listed.map(([path, kind, content]) => [path, kind, content]),
      )
      expect(held.listed.filter(([path]) => path !== '/machines')).toEqual(
        live.listed.filter(([path]) => path !== '/machines'),
      )
      expect([held.problems, held.counts]).toEqual([live.problems, live.counts])

      await frozen.release()
      await frozen.release()
      expect([subvolumesOf(disk), remembered.size]).toEqual([before, 0])
    },
  )

  it('whose nested volume lies very deep is read there and back again', async () => {
    const disk = mountBtrfs()
    if (disk === undefined) return
    const names = (count: number, name: string) => Array.from({ length: count }, () => name).join('/')
    const middle = join(disk, names(70, 'a'))
    mkdirSync(join(middle, 'z'), { recursive: true })
    makeSubvolume(join(middle, 'b'))
    mkdirSync(join(middle, 'b', names(140, 'c')), { recursive: true })
    writeFileSync(join(middle, 'b', names(140, 'c'), 'file'), 'deep')
    const source = sourceOf([disk], { oneFileSystem: false })
    const live = await read(source)
    const frozen = await freezeFolders(source, freezeTools().tools, never)
    expect(await read(source, frozen.grafts(disk))).toEqual(live)
    await frozen.release()
  })

  it('that a bind mount shows a part of is found through a mount of the whole, or not at all', async () => {
    const disk = mountBtrfs()
    if (disk === undefined) return
    const home = fill(disk)
    const bound = mkdtempSync(join(tmpdir(), 'holdfast-bound-'))
    execFileSync('mount', ['--bind', join(home, 'anna'), bound])
    onTestFinished(() => {
      execFileSync('umount', ['-l', bound])
      rmSync(bound, { recursive: true })
    })
    const source = sourceOf([bound])
    const live = await read(source)
    const frozen = await freezeFolders(source, freezeTools().tools, never)
    writeFileSync(join(bound, 'letter'), 'second')
    expect((await read(source, frozen.grafts(bound))).listed).toEqual(live.listed)
    await frozen.release()

    const { providers, mounts } = openSurveyTools()
    const part = mounts.rows.filter(({ point }) => point !== disk)
    const [ground] = surveyFolder(bound, source, { providers, mounts: new MountTable(part) }).grounds
    expect(ground?.located).toEqual({ state: 'hidden' })
  })

  it('that nobody can change is read as it is, also where there must be a snapshot', async () => {
    const disk = mountBtrfs()
    if (disk === undefined) return
    fill(disk)
    execFileSync('btrfs', ['subvolume', 'snapshot', '-r', join(disk, 'home'), join(disk, 'old')], { stdio: 'pipe' })
    const { tools, remembered } = freezeTools()
    const frozen = await freezeFolders(sourceOf([join(disk, 'old')]), tools, never)
    expect([remembered.size, frozen.grafts(join(disk, 'old'))]).toEqual([0, undefined])
    execFileSync('mount', ['-o', 'remount,ro', disk])
    expect(surveyFolder(disk, sourceOf([disk]), openSurveyTools()).grounds[0]?.located).toEqual({ state: 'still' })
    execFileSync('mount', ['-o', 'remount,rw', disk])
  })
})

describe('a snapshot that somebody removes while it is read', () => {
  it('ends the backup: what is not there any more must not look like files that were deleted', async () => {
    const disk = mountBtrfs()
    if (disk === undefined) return
    const home = fill(disk)
    const { tools, remembered } = freezeTools()
    const source = createFilesSource(sourceOf([home]), {
      calls,
      recordExcludes: false,
      freeze: (plan, signal) => freezeFolders(plan, tools, signal),
    })
    const view = await source.open(listener(), never)
    const readAll = async () => {
      for await (const archive of view.archives()) {
        if (archive.type !== 'tree') throw new Error('no tree')
        for await (const entry of archive.entries) {
          const [place] = remembered.values()
          if (entry.kind !== 'directory' || entry.name.length > 0 || place === undefined) continue
          execFileSync('btrfs', ['subvolume', 'delete', join(home, place.name)], { stdio: 'pipe' })
        }
      }
    }
    await expect(readAll()).rejects.toMatchObject({ code: 'source/vanished' })
    expect(view.counts()).toMatchObject({ failed: 0 }) // by that alone nobody would know
    await view.close()
    expect(remembered.size).toBe(0)
  })
})

describe('a snapshot that cannot be made', () => {
  it('ends the run where there must be one, and none of the others is left', async () => {
    const disk = mountBtrfs()
    if (disk === undefined) return
    const home = fill(disk)
    const before = subvolumesOf(disk)
    const survey = openSurveyTools()
    const providers = survey.providers.map((provider) => ({
      ...provider,
      make: (volume: Parameters<typeof provider.make>[0], name: string) =>
        volume.top.endsWith('/machines')
          ? Promise.reject(Object.assign(new Error('ioctl'), { code: 'ENOSPC' }))
          : provider.make(volume, name),
    }))
    const { tools, remembered, said } = freezeTools({ ...survey, providers })
    const all = { oneFileSystem: false }
    await expect(freezeFolders(sourceOf([home], all), tools, never)).rejects.toMatchObject({
      code: 'source/no-snapshot',
      detail: `${home}/anna/machines: there is no space left for the snapshot.`,
      hint: expect.stringContaining('when possible'),
    })
    expect([remembered.size, subvolumesOf(disk)]).toEqual([0, before])

    const wish = sourceOf([home], { ...all, fileSystemSnapshot: 'when-possible' })
    const frozen = await freezeFolders(wish, tools, never)
    expect(said).toContain(`warn Reads ${home}/anna/machines as it is: there is no space left for the snapshot.`)
    const { listed } = await read(wish, frozen.grafts(home))
    expect(listed).toContainEqual(['/anna/machines/disk', 'file', 'first', expect.anything()])
    await frozen.release()
    expect(subvolumesOf(disk)).toEqual(before)
  })

  it('is said beforehand for a file system that has none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-live-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const { tools, said } = freezeTools()
    await expect(freezeFolders(sourceOf([folder]), tools, never)).rejects.toMatchObject({ code: 'source/no-snapshot' })
    const frozen = await freezeFolders(sourceOf([folder], { fileSystemSnapshot: 'when-possible' }), tools, never)
    expect(frozen.grafts(folder)).toBeUndefined()
    expect(said).toEqual([
      expect.stringMatching(/^info Reads .* as it is: .* has no snapshots that Holdfast can make\.$/),
    ])
  })

  it('nor removed by its owner, is left to root; else the owner may', async () => {
    const nobody = 65_534
    for (const [options, state] of [
      ['loop', 'needs-root'],
      ['loop,user_subvol_rm_allowed', 'possible'],
    ] as const) {
      const disk = mountBtrfs(options)
      if (disk === undefined) return
      const home = fill(disk)
      chownSync(home, nobody, nobody)
      execFileSync('chmod', ['755', join(disk, '..')])
      const before = subvolumesOf(disk)
      process.seteuid?.(nobody)
      try {
        const source = sourceOf([home])
        expect(surveyFolder(home, source, openSurveyTools()).grounds[0]?.located.state).toBe(state)
        if (state !== 'possible') continue
        const frozen = await freezeFolders(source, freezeTools().tools, never)
        expect((await read(source, frozen.grafts(home))).listed).toContainEqual([
          '/anna/letter',
          'file',
          'first',
          expect.anything(),
        ])
        await frozen.release()
      } finally {
        process.seteuid?.(0)
      }
      expect(subvolumesOf(disk)).toEqual(before)
    }
  })
})

describe('what is removed', () => {
  it('is only a snapshot of that volume under that name', async () => {
    const disk = mountBtrfs()
    if (disk === undefined) return
    const home = fill(disk)
    const [provider] = openSurveyTools().providers
    const located = surveyFolder(home, sourceOf([home]), openSurveyTools()).grounds[0]?.located
    if (provider === undefined || located?.state !== 'possible') throw new Error('no Btrfs')
    const { volume } = located
    const name = (digit: string) => `.holdfast-snapshot-${digit.repeat(32)}`
    mkdirSync(join(home, name('a')))
    makeSubvolume(join(home, name('b')))
    expect(await provider.remove({ volume, name: name('a') })).toBe('gone')
    expect(await provider.remove({ volume, name: name('b') })).toBe('gone')
    expect(await provider.remove({ volume, name: name('c') })).toBe('gone')
    await expect(provider.remove({ volume, name: 'anna' })).rejects.toThrow(RangeError)
    expect([existsSync(join(home, name('a'))), existsSync(join(home, name('b')))]).toEqual([true, true])
    await provider.make(volume, name('d'))
    expect(await provider.remove({ volume: { ...volume, id: '00' }, name: name('d') })).toBe('away')
    expect(await provider.remove({ volume: { ...volume, top: '/nowhere' }, name: name('d') })).toBe('away')
    expect(existsSync(join(home, name('d')))).toBe(true)
    // Whoever reads the real folder meanwhile leaves it out.
    const { problems } = await read(sourceOf([home], { oneFileSystem: false }))
    expect(problems.filter(({ path }) => path.includes('holdfast')).map(({ outcome }) => outcome)).toEqual([
      'skipped',
      'skipped',
      'skipped',
    ])
    expect(await provider.remove({ volume, name: name('d') })).toBe('removed')
    expect(existsSync(join(home, name('d')))).toBe(false)
  })
})
