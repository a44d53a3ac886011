import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { chooseFeatures } from '../../archive/catar/feature-flags.ts'
import { parseLocator } from '../../engines/casync/address/locator.ts'
import { hasCasync, runCasync } from '../../engines/casync/casync-program.fixture.ts'
import { defaultChunkSizes } from '../../engines/casync/chunker/chunk-sizes.ts'
import { calls, canRun, listener } from '../../sources/files/tree-fixture.ts'
import { extractArchive } from './extract-archive.ts'
import { makeArchive } from './make-archive.ts'

/**
 * flags, project ids and subvolumes of file systems that a test can make in a file and mount. FAT attributes cannot be
 * tried where the kernel has no FAT, quotas of ext4 not where it has no quotas.
 */
const fileSystems = [
  { name: 'ext4', mkfs: ['mkfs.ext4', '-q'], mib: 32, flags: ['A', 'S', 'd', 'i', 'a', 'c'] },
  { name: 'xfs', mkfs: ['mkfs.xfs', '-q'], mib: 320, flags: ['A', 'S', 'd', 'i', 'a'] },
  { name: 'btrfs', mkfs: ['mkfs.btrfs', '-q'], mib: 120, flags: ['A', 'S', 'd', 'i', 'a', 'c', 'C', 'm'] },
] as const

const { signal } = new AbortController()

async function fill(tree: string, { name, flags }: (typeof fileSystems)[number]): Promise<void> {
  const at = (file: string): string => path.join(tree, file)
  await mkdir(at('folder'), { recursive: true })
  for (const flag of flags) {
    const file = at(`with ${flag}`)
    await writeFile(file, '')
    expect(canRun('chattr', `+${flag}`, file)).toBe(true)
  }
  if (name !== 'xfs') canRun('chattr', '+D', at('folder'))
  if (name === 'xfs') {
    await writeFile(at('of a project'), 'x')
    expect(canRun('chattr', '-p', '42', at('of a project'))).toBe(true)
    expect(canRun('chattr', '-p', '77', at('folder')) && canRun('chattr', '+P', at('folder'))).toBe(true)
  }
  if (name !== 'btrfs') return
  canRun('btrfs', 'subvolume', 'create', at('subvolume'))
  await writeFile(at('subvolume/inside'), 'x')
  canRun('btrfs', 'subvolume', 'snapshot', '-r', at('subvolume'), at('read-only'))
}

const attributesOf = (tree: string): string[] =>
  execFileSync('sh', ['-c', 'cd "$1" && lsattr -pR .', 'sh', tree], { encoding: 'utf8' }).split('\n').sort()

test.runIf(hasCasync).for(fileSystems)(
  'everything $name has is archived as casync does, and comes back',
  async (kind) => {
    const folder = await mkdtemp(path.join(tmpdir(), `holdfast-${kind.name}-`))
    const [image, mount] = [path.join(folder, 'image'), path.join(folder, 'mount')]
    let isMounted = false
    try {
      await mkdir(mount)
      await writeFile(image, '')
      await truncate(image, kind.mib << 20)
      const [program, ...words] = kind.mkfs
      isMounted = canRun(program, ...words, image) && canRun('mount', '-o', 'loop', image, mount)
      if (!isMounted) return // said so
      const tree = path.join(mount, 'tree')
      await fill(tree, kind)
      const featureFlags = chooseFeatures({ excludeNoDump: false })
      const made = await makeArchive(
        parseLocator(path.join(folder, 'ours.catar')),
        tree,
        {
          sizes: defaultChunkSizes,
          compression: 'zstd',
          reach: {},
          folder: { calls, featureFlags, observer: listener() },
        },
        signal,
      )
      const theirs = runCasync(['--exclude-nodump=no', 'make', path.join(folder, 'theirs.catar'), tree])
      expect([theirs.output, theirs.errors]).toEqual([`${made}\n`, ''])
      const bytes = await readFile(path.join(folder, 'ours.catar'))
      expect(bytes.equals(await readFile(path.join(folder, 'theirs.catar')))).toBe(true)

      const back = path.join(mount, 'back')
      const heard = listener()
      const choice = { reach: {}, seeds: [], useTarget: false, idShift: undefined, calls }
      await extractArchive(parseLocator(path.join(folder, 'ours.catar')), back, choice, heard, signal)
      expect(attributesOf(back)).toEqual(attributesOf(tree))
      const folders = heard.warnings.map(({ path: where, reason }) => `${where} ${reason}`)
      expect(heard.problems).toEqual([])
      expect(folders.filter((line) => !line.includes('was a subvolume'))).toEqual([])
      expect(folders).toHaveLength(kind.name === 'btrfs' ? 2 : 0)
    } finally {
      if (isMounted) {
        execFileSync('umount', [mount])
      }
      await rm(folder, { recursive: true, force: true })
    }
  },
)
