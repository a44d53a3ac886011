import type { RecordBody } from '../record-body.ts'
import type { AccessControlList, AclRow, DefaultAcl, ExtendedAttribute, Metadata } from '../tree.ts'
import { absentPermissions } from './attributes.ts'
import {
  corrupt,
  headerBytes,
  type ItemHeader,
  type ItemType,
  itemName,
  itemType,
  maxEntryAttributesBytes,
} from './items.ts'
import { nameProblem, pathProblem, symlinkProblem } from './names.ts'
import { readStat, readStatV1, type Stat } from './stat.ts'

/** Attributes in the order of the grammar; the lower half may come once only (spec pbs §7.3). */
const attributeRanks: ReadonlyMap<ItemType, { readonly rank: number; readonly isRepeatable: boolean }> = new Map([
  [itemType.xattr, { rank: 1, isRepeatable: true }],
  [itemType.aclUser, { rank: 2, isRepeatable: true }],
  [itemType.aclGroup, { rank: 3, isRepeatable: true }],
  [itemType.aclGroupObject, { rank: 4, isRepeatable: false }],
  [itemType.aclDefault, { rank: 5, isRepeatable: false }],
  [itemType.aclDefaultUser, { rank: 6, isRepeatable: true }],
  [itemType.aclDefaultGroup, { rank: 7, isRepeatable: true }],
  [itemType.capability, { rank: 8, isRepeatable: false }],
  [itemType.quotaProjectId, { rank: 9, isRepeatable: false }],
])

/** Shared by the many entries that have none. */
const noXattrs: readonly ExtendedAttribute[] = Object.freeze([])
const noRows: readonly AclRow[] = Object.freeze([])

/** Collects the ENTRY and the attributes of one entry after the other. What it returns is copied out of the bytes. */
export class EntryParser {
  #stat: Stat | undefined
  #rank = 0
  #attributesBytes = 0
  #xattrs: ExtendedAttribute[] | undefined
  #acl: AclParts | undefined
  #capability: Uint8Array | undefined
  #quotaProjectId: bigint | undefined

  /** Takes the ENTRY. */
  start(type: typeof itemType.entry | typeof itemType.entryV1, body: RecordBody): Stat {
    const read = type === itemType.entry ? readStat : readStatV1
    const stat = read(body.view, body.at, body.offset)
    this.#stat = stat
    if (this.#rank === 0) return stat
    this.#rank = 0
    this.#attributesBytes = 0
    this.#xattrs = undefined
    this.#acl = undefined
    this.#capability = undefined
    this.#quotaProjectId = undefined
    return stat
  }

  /** Takes an attribute; false when the item is none. */
  attribute({ type }: ItemHeader, body: RecordBody): boolean {
    const place = attributeRanks.get(type)
    if (place === undefined) return false
    if (place.rank < this.#rank || (place.rank === this.#rank && !place.isRepeatable)) {
      throw corrupt(itemName(type), body.offset - headerBytes, 'out of order')
    }
    this.#rank = place.rank
    this.#attributesBytes += headerBytes + body.length
    if (this.#attributesBytes > maxEntryAttributesBytes) {
      throw corrupt(itemName(type), body.offset, `more than ${maxEntryAttributesBytes} bytes of attributes`)
    }
    this.#take(type, body)
    return true
  }

  metadata(): Metadata {
    const stat = this.#stat
    if (stat === undefined) throw new TypeError('no entry was started')
    const { permissions, uid, gid, mtimeNs, flags } = stat
    const xattrs = this.#xattrs ?? noXattrs
    if (this.#rank <= 1) return { permissions, uid, gid, mtimeNs, flags, xattrs }
    return {
      permissions,
      uid,
      gid,
      mtimeNs,
      flags,
      xattrs,
      ...(this.#acl !== undefined && { acl: buildAcl(this.#acl) }),
      ...(this.#capability !== undefined && { capability: this.#capability }),
      ...(this.#quotaProjectId !== undefined && { quotaProjectId: this.#quotaProjectId }),
    }
  }

  #take(type: ItemType, body: RecordBody): void {
    const { view, at } = body
    switch (type) {
      case itemType.xattr:
        this.#xattrs ??= []
        this.#xattrs.push(readXattr(body))
        return
      case itemType.capability:
        this.#capability = copyBody(body)
        return
      case itemType.quotaProjectId:
        this.#quotaProjectId = view.getBigUint64(at, true)
        return
    }
    this.#acl ??= { users: [], groups: [], defaultUsers: [], defaultGroups: [] }
    const acl = this.#acl
    switch (type) {
      case itemType.aclUser:
        acl.users.push(readRow(body))
        return
      case itemType.aclGroup:
        acl.groups.push(readRow(body))
        return
      case itemType.aclDefaultUser:
        acl.defaultUsers.push(readRow(body))
        return
      case itemType.aclDefaultGroup:
        acl.defaultGroups.push(readRow(body))
        return
      case itemType.aclGroupObject:
        acl.groupObject = readPermissions(body, 0)
        return
      case itemType.aclDefault:
        acl.defaults = {
          userObject: readOptionalPermissions(body, 0),
          groupObject: readOptionalPermissions(body, 8),
          other: readOptionalPermissions(body, 16),
          mask: readOptionalPermissions(body, 24),
        }
    }
  }
}

interface AclParts {
  readonly users: AclRow[]
  readonly groups: AclRow[]
  groupObject?: number
  defaults?: Omit<DefaultAcl, 'users' | 'groups'>
  readonly defaultUsers: AclRow[]
  readonly defaultGroups: AclRow[]
}

function buildAcl({ users, groups, groupObject, defaults, defaultUsers, defaultGroups }: AclParts): AccessControlList {
  const hasDefaults = defaults !== undefined || defaultUsers.length > 0 || defaultGroups.length > 0
  return {
    users,
    groups,
    ...(groupObject !== undefined && { groupObject }),
    ...(hasDefaults && {
      defaults: {
        ...(defaults?.userObject !== undefined && { userObject: defaults.userObject }),
        ...(defaults?.groupObject !== undefined && { groupObject: defaults.groupObject }),
        ...(defaults?.other !== undefined && { other: defaults.other }),
        ...(defaults?.mask !== undefined && { mask: defaults.mask }),
        users: defaultUsers.length > 0 ? defaultUsers : noRows,
        groups: defaultGroups.length > 0 ? defaultGroups : noRows,
      },
    }),
  }
}

export function readName(body: RecordBody): Uint8Array {
  return checked('FILENAME', body, readText('FILENAME', body, 0), nameProblem)
}

export function readSymlink(body: RecordBody): Uint8Array {
  return checked('SYMLINK', body, readText('SYMLINK', body, 0), symlinkProblem)
}

export interface HardlinkItem {
  /** From this entry's FILENAME back to the target's. */
  readonly distance: bigint
  readonly target: Uint8Array
}

export function readHardlink(body: RecordBody): HardlinkItem {
  const target = checked('HARDLINK', body, readText('HARDLINK', body, 8), pathProblem)
  return { distance: body.view.getBigUint64(body.at, true), target }
}

export function readDevice({ view, at }: RecordBody): { readonly major: bigint; readonly minor: bigint } {
  return { major: view.getBigUint64(at, true), minor: view.getBigUint64(at + 8, true) }
}

function readXattr(body: RecordBody): ExtendedAttribute {
  const bytes = copyBody(body)
  const end = bytes.indexOf(0)
  if (end <= 0) throw corrupt('XATTR name', body.offset, end < 0 ? 'does not end' : 'empty')
  return { name: bytes.subarray(0, end), value: bytes.subarray(end + 1) }
}

function readRow(body: RecordBody): AclRow {
  const id = body.view.getBigUint64(body.at, true)
  if (id > 0xffff_ffffn) throw corrupt('ACL id', body.offset, `${id} is no id`)
  return { id: Number(id), permissions: readPermissions(body, 8) }
}

function readPermissions(body: RecordBody, at: number): number {
  const permissions = body.view.getBigUint64(body.at + at, true)
  if (permissions > 7n) throw corrupt('ACL permissions', body.offset + at, `${permissions} is not of r, w, x`)
  return Number(permissions)
}

function readOptionalPermissions(body: RecordBody, at: number): number | undefined {
  const isAbsent = body.view.getBigUint64(body.at + at, true) === absentPermissions
  return isAbsent ? undefined : readPermissions(body, at)
}

/** A text that ends in NUL, from `skip` on; a copy without that NUL. */
function readText(field: string, { bytes, at, length, offset }: RecordBody, skip: number): Uint8Array {
  const end = at + length - 1
  if (bytes[end] !== 0) throw corrupt(field, offset + length - 1, 'does not end in NUL')
  return bytes.slice(at + skip, end)
}

function copyBody({ bytes, at, length }: RecordBody): Uint8Array {
  return bytes.slice(at, at + length)
}

function checked(
  field: string,
  body: RecordBody,
  text: Uint8Array,
  problemOf: (text: Uint8Array) => string | undefined,
): Uint8Array {
  const problem = problemOf(text)
  if (problem !== undefined) throw corrupt(field, body.offset, problem)
  return text
}
