import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { ArchiveChoice } from '../../../app/casync/open-archive.ts'
import { chooseFeatures, featureFlag, featureSet } from '../../../archive/catar/feature-flags.ts'
import { defaultIdRange, type IdShift } from '../../../archive/catar/id-shift.ts'
import { type Locator, parseLocator } from '../../../engines/casync/address/locator.ts'
import { parseSize } from '../../../engines/casync/chunker/chunk-sizes.ts'
import type { Reach } from '../../../engines/casync/client/open-stores.ts'

/** The options of `casync`, by their names there (spec casync §4.3, §10.2). */
export interface CasyncFlags {
  readonly store?: string
  readonly extraStore: readonly string[]
  readonly seed: readonly string[]
  readonly seedOutput: boolean
  readonly chunkCache?: string
  readonly chunkCacheSize: number
  readonly chunkSize: string
  readonly digest: 'sha512-256' | 'sha256'
  readonly compression: 'zstd' | 'xz' | 'gzip'
  readonly with: readonly string[]
  readonly without: readonly string[]
  readonly excludeNodump: boolean
  readonly excludeSubmounts: boolean
  readonly excludeFile: boolean
  readonly uidShift?: number
  readonly uidRange: number
  readonly rateLimitBps?: number
  readonly recursive: boolean
}

const defaultCacheBytes = 1 << 30

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]
const list = (flags: string, text: string): Option => new Option(flags, text).argParser(collect).default([])
const yesOrNo = (flags: string, text: string, byDefault: boolean): Option =>
  new Option(flags, text).argParser(readYesOrNo).default(byDefault, byDefault ? 'yes' : 'no')

export function addStoreFlags(command: Command): Command {
  return command
    .option('--store <store>', 'a folder, host:folder or http(s) address; else default.castr beside the index')
    .addOption(list('--extra-store <store>', 'asked for chunks that the store does not have; repeatable'))
    .option('--chunk-cache <folder>', 'keeps chunks of distant stores')
    .addOption(new Option('--chunk-cache-size <bytes>', 'at most').argParser(readSize).default(defaultCacheBytes, '1G'))
    .addOption(new Option('--rate-limit-bps <bytes>', 'a second, over ssh').argParser(readSize))
}

export function addFeatureFlags(command: Command): Command {
  return command
    .addOption(list('--with <features>', 'what archives keep: best, unix, fat, …, or one feature; repeatable'))
    .addOption(list('--without <features>', 'what they do not keep; repeatable'))
    .addOption(new Option('--digest <digest>').choices(['sha512-256', 'sha256']).default('sha512-256'))
    .addOption(yesOrNo('--exclude-nodump <yes|no>', 'leave out what chattr marked as nodump', true))
    .addOption(yesOrNo('--exclude-submounts <yes|no>', 'leave out other file systems', false))
    .addOption(yesOrNo('--exclude-file <yes|no>', 'go by .caexclude files', true))
    .addOption(new Option('--uid-shift <number>', 'taken off owners, and added again').argParser(readSize))
    .addOption(new Option('--uid-range <number>').argParser(readSize).default(defaultIdRange))
}

export function addRecursiveFlag(command: Command): Command {
  return command.addOption(yesOrNo('--recursive <yes|no>', 'also what is below the first level', true))
}

export function addSeedFlags(command: Command): Command {
  return command
    .addOption(list('--seed <path>', 'a file or folder that has parts of it already; repeatable'))
    .addOption(yesOrNo('--seed-output <yes|no>', 'take what is at the target as a seed', true))
}

export function archiveChoice(flags: CasyncFlags): ArchiveChoice {
  const store = flags.store ?? process.env.CASYNC_STORE
  return {
    store: store === undefined ? undefined : locatorOf(store),
    extraStores: flags.extraStore.map(locatorOf),
    cache:
      flags.chunkCache === undefined
        ? undefined
        : { folder: resolve(flags.chunkCache), maxBytes: flags.chunkCacheSize },
    reach: reachOf(flags),
  }
}

/** Ends with the first Ctrl-C. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const ending = new AbortController()
  const end = () => ending.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  try {
    await work(ending.signal)
  } finally {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
  }
}

/** The variables that casync itself goes by. */
function reachOf({ rateLimitBps }: CasyncFlags): Reach {
  return {
    sshPath: process.env.CASYNC_SSH_PATH,
    remotePath: process.env.CASYNC_REMOTE_PATH,
    chunkSuffix: process.env.CASYNC_COMPRESSED_CHUNK_SUFFIX,
    bytesPerSecond: rateLimitBps,
  }
}

/** Paths begin in the folder in which the command was called. */
export function locatorOf(text: string): Locator {
  const locator = parseLocator(text)
  return locator.kind === 'path' ? { kind: 'path', path: resolve(locator.path) } : locator
}

export function featuresOf(flags: CasyncFlags): bigint {
  const sum = (names: readonly string[]): bigint => names.reduce((all, name) => all | featuresCalled(name), 0n)
  return chooseFeatures({
    with: flags.with.length === 0 ? undefined : sum(flags.with),
    without: sum(flags.without),
    digest: flags.digest,
    excludeNoDump: flags.excludeNodump,
    excludeSubmounts: flags.excludeSubmounts,
    excludeFile: flags.excludeFile,
  })
}

export function idShiftOf({ uidShift, uidRange }: CasyncFlags): IdShift | undefined {
  return uidShift === undefined ? undefined : { shift: uidShift, range: uidRange }
}

const f = featureFlag
const named: ReadonlyMap<string, bigint> = new Map([
  ['all', featureSet.all],
  ['best', featureSet.best],
  ['unix', featureSet.unix],
  ['fat', featureSet.fat],
  ['chattr', featureSet.chattr],
  ['fat-attrs', featureSet.fatAttributes],
  ['privileged', featureSet.privileged],
  ['fuse', featureSet.fuse],
  ['16bit-uids', f.uids16Bit],
  ['32bit-uids', f.uids32Bit],
  ['user-names', f.userNames],
  ['sec-time', f.secondTime],
  ['usec-time', f.microsecondTime],
  ['nsec-time', f.nanosecondTime],
  ['2sec-time', f.twoSecondTime],
  ['read-only', f.readOnly],
  ['permissions', f.permissions],
  ['symlinks', f.symlinks],
  ['device-nodes', f.deviceNodes],
  ['fifos', f.fifos],
  ['sockets', f.sockets],
  ['flag-hidden', f.hidden],
  ['flag-system', f.system],
  ['flag-archive', f.archive],
  ['flag-append', f.append],
  ['flag-noatime', f.noAccessTime],
  ['flag-compr', f.compress],
  ['flag-nocow', f.noCopyOnWrite],
  ['flag-nodump', f.noDump],
  ['flag-dirsync', f.syncDirectory],
  ['flag-immutable', f.immutable],
  ['flag-sync', f.sync],
  ['flag-nocomp', f.noCompress],
  ['flag-projinherit', f.projectInherit],
  ['subvolume', f.subvolume],
  ['subvolume-ro', f.subvolumeReadOnly],
  ['xattrs', f.xattrs],
  ['acl', f.acl],
  ['selinux', f.selinux],
  ['fcaps', f.capabilities],
  ['quota-projid', f.quotaProjectId],
])

function featuresCalled(name: string): bigint {
  const flags = named.get(name)
  if (flags !== undefined) return flags
  throw new HoldfastError('input/invalid', {
    detail: `${JSON.stringify(name)} is no feature of archives.`,
    hint: `There are ${[...named.keys()].join(', ')}.`,
  })
}

function readYesOrNo(text: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes'
  throw new InvalidArgumentError('yes or no')
}

function readSize(text: string): number {
  return parseSize(text)
}
