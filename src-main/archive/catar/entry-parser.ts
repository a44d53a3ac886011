import type { NodeKind } from '../node-kind.ts'
import type { RecordBody } from '../record-body.ts'
import type { AccessControlList, ExtendedAttribute, Metadata } from '../tree.ts'
import { AclReader, readOwnerName } from './acl-records.ts'
import { type EntryRecord, readEntry } from './entry-record.ts'
import { featureFlag } from './feature-flags.ts'
import { nameProblem, symlinkProblem, xattrNameProblem } from './names.ts'
import {
  corrupt,
  headerBytes,
  maxEntryAttributesBytes,
  type RecordHeader,
  type RecordType,
  recordName,
  recordType,
} from './records.ts'

interface AttributeRule {
  /** The place in the order of the grammar (spec casync §10.5). */
  readonly rank: number
  readonly isRepeatable: boolean
  /** The archive must say that it has such. */
  readonly flag: bigint
  /** Undefined is every kind. */
  readonly kinds?: readonly NodeKind[]
}

const { userNames, xattrs, acl, selinux, capabilities, quotaProjectId } = featureFlag
const all: readonly NodeKind[] = ['directory', 'file', 'block-device', 'char-device', 'fifo', 'socket']
const only = (rank: number, flag: bigint, kinds: readonly NodeKind[]): AttributeRule => {
  return { rank, isRepeatable: false, flag, kinds }
}
const several = (rank: number, flag: bigint, kinds: readonly NodeKind[]): AttributeRule => {
  return { rank, isRepeatable: true, flag, kinds }
}

const rules: ReadonlyMap<RecordType, AttributeRule> = new Map([
  [recordType.user, { rank: 1, isRepeatable: false, flag: userNames }],
  [recordType.group, { rank: 2, isRepeatable: false, flag: userNames }],
  [recordType.xattr, several(3, xattrs, all)],
  [recordType.aclUser, several(4, acl, all)],
  [recordType.aclGroup, several(5, acl, all)],
  [recordType.aclGroupObject, only(6, acl, all)],
  [recordType.aclDefault, only(7, acl, ['directory'])],
  [recordType.aclDefaultUser, several(8, acl, ['directory'])],
  [recordType.aclDefaultGroup, several(9, acl, ['directory'])],
  [recordType.selinux, { rank: 10, isRepeatable: false, flag: selinux }],
  [recordType.capability, only(11, capabilities, ['file'])],
  [recordType.quotaProjectId, only(12, quotaProjectId, ['directory', 'file'])],
])

/** Shared by the many entries that have none. */
const noXattrs: readonly ExtendedAttribute[] = Object.freeze([])

/**
 * Collects the ENTRY and the attributes of one node after the other. What it returns is copied out of the bytes. All
 * entries of an archive must have the flags of the first, or those that were expected.
 */
export class EntryParser {
  #featureFlags: bigint | undefined
  #entry: EntryRecord | undefined
  #offset = 0
  #rank = 0
  #attributesBytes = 0
  #xattrs: ExtendedAttribute[] | undefined
  #acl: AclReader | undefined
  /** What may come once. */
  #single: Partial<SingleAttributes> = {}

  constructor(featureFlags?: bigint) {
    this.#featureFlags = featureFlags
  }

  /** Of the archive: as expected, or of the first ENTRY. */
  get featureFlags(): bigint {
    return this.#featureFlags ?? 0n
  }

  /** Takes the ENTRY. */
  start(body: RecordBody): EntryRecord {
    const entry = readEntry(body)
    this.#featureFlags ??= entry.featureFlags
    if (entry.featureFlags !== this.#featureFlags) {
      const expected = this.#featureFlags.toString(16)
      throw corrupt('ENTRY feature flags', body.offset, `0x${entry.featureFlags.toString(16)} is not 0x${expected}`)
    }
    this.#entry = entry
    this.#offset = body.offset - headerBytes
    if (this.#rank === 0) return entry
    this.#rank = 0
    this.#attributesBytes = 0
    this.#xattrs = undefined
    this.#acl = undefined
    this.#single = {}
    return entry
  }

  /** Takes an attribute; false when the record is none. */
  attribute({ type }: RecordHeader, body: RecordBody): boolean {
    const rule = rules.get(type)
    if (rule === undefined) return false
    const { kind, featureFlags } = this.#started()
    const offset = body.offset - headerBytes
    if (rule.rank < this.#rank || (rule.rank === this.#rank && !rule.isRepeatable)) {
      throw corrupt(recordName(type), offset, 'out of order')
    }
    if ((featureFlags & rule.flag) === 0n) throw corrupt(recordName(type), offset, 'the archive says that it has none')
    if (rule.kinds?.includes(kind) === false) throw corrupt(recordName(type), offset, `on a ${kind}`)
    this.#rank = rule.rank
    this.#attributesBytes += headerBytes + body.length
    if (this.#attributesBytes > maxEntryAttributesBytes) {
      throw corrupt(recordName(type), offset, `more than ${maxEntryAttributesBytes} bytes of attributes`)
    }
    this.#take(type, body, featureFlags)
    return true
  }

  /** When the attributes are over. */
  metadata(): Metadata {
    const { permissions, uid, gid, mtimeNs, flags, subvolume } = this.#started()
    const plain = { permissions, uid, gid, mtimeNs, flags, xattrs: this.#xattrs ?? noXattrs }
    if (this.#rank === 0 && subvolume === undefined) return plain
    const acl: AccessControlList | undefined = this.#acl?.finish(this.#offset)
    return {
      ...plain,
      ...(subvolume !== undefined && { subvolume }),
      ...this.#single,
      ...(acl !== undefined && { acl }),
    }
  }

  #started(): EntryRecord {
    if (this.#entry === undefined) throw new TypeError('no entry was started')
    return this.#entry
  }

  #take(type: RecordType, body: RecordBody, featureFlags: bigint): void {
    switch (type) {
      case recordType.user:
        this.#single.ownerName = readOwnerName('USER', body, 0)
        return
      case recordType.group:
        this.#single.groupName = readOwnerName('GROUP', body, 0)
        return
      case recordType.xattr:
        this.#xattr(body)
        return
      case recordType.selinux:
        this.#single.selinuxLabel = readLabel(body)
        return
      case recordType.capability:
        this.#single.capability = copyBody(body)
        return
      case recordType.quotaProjectId:
        this.#single.quotaProjectId = readProjectId(body)
        return
    }
    this.#acl ??= new AclReader()
    this.#acl.take(type, body, featureFlags)
  }

  #xattr(body: RecordBody): void {
    const bytes = copyBody(body)
    const end = bytes.indexOf(0)
    if (end < 0) throw corrupt('XATTR name', body.offset, 'does not end')
    const name = bytes.subarray(0, end)
    const problem = xattrNameProblem(name)
    if (problem !== undefined) throw corrupt('XATTR name', body.offset, problem)
    const last = this.#xattrs?.at(-1)
    if (last !== undefined && Buffer.compare(last.name, name) >= 0) {
      throw corrupt('XATTR name', body.offset, 'does not come after the one before')
    }
    this.#xattrs ??= []
    this.#xattrs.push({ name, value: bytes.subarray(end + 1) })
  }
}

interface SingleAttributes {
  ownerName: string
  groupName: string
  selinuxLabel: Uint8Array
  capability: Uint8Array
  quotaProjectId: bigint
}

export function readName(body: RecordBody): Uint8Array {
  return readText('FILENAME', body, nameProblem)
}

export function readSymlink(body: RecordBody): Uint8Array {
  return readText('SYMLINK', body, symlinkProblem)
}

/** Numbers as Linux has them: 12 bits and 20 bits. */
export function readDevice({ view, at, offset }: RecordBody): { readonly major: bigint; readonly minor: bigint } {
  const major = view.getBigUint64(at, true)
  const minor = view.getBigUint64(at + 8, true)
  if (major >= 4096n) throw corrupt('DEVICE major', offset, `${major} is above 4095`)
  if (minor >= 1n << 20n) throw corrupt('DEVICE minor', offset + 8, `${minor} is above 2^20`)
  return { major, minor }
}

function readLabel(body: RecordBody): Uint8Array {
  return readText('SELINUX', body, (label) => {
    if (label.length === 0) return 'empty'
    return label.includes(0) ? 'contains a NUL' : undefined
  })
}

function readProjectId({ view, at, offset }: RecordBody): bigint {
  const id = view.getBigUint64(at, true)
  if (id < 1n || id > 0xffff_ffffn) throw corrupt('QUOTA_PROJID', offset, `${id} is no project`)
  return id
}

/** A text that ends in NUL; a copy without that NUL. */
function readText(
  field: string,
  { bytes, at, length, offset }: RecordBody,
  problemOf: (text: Uint8Array) => string | undefined,
): Uint8Array {
  const end = at + length - 1
  if (bytes[end] !== 0) throw corrupt(field, offset + length - 1, 'does not end in NUL')
  const text = bytes.slice(at, end)
  const problem = problemOf(text)
  if (problem !== undefined) throw corrupt(field, offset, problem)
  return text
}

function copyBody({ bytes, at, length }: RecordBody): Uint8Array {
  return bytes.slice(at, at + length)
}
