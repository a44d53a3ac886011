import { ProtocolError } from '../../../src-shared/errors.ts'
import type { AccessControlList, AclRow, DefaultAcl } from '../../archive/tree.ts'

/** Tags of linux/posix_acl_xattr.h. The value is u32 version, then rows of u16 tag, u16 permissions, u32 id. */
const version = 2
const headerBytes = 4
const rowBytes = 8
const tag = { userObject: 0x01, user: 0x02, groupObject: 0x04, group: 0x08, mask: 0x10, other: 0x20 } as const
const noId = 0xffffffff

/** Each half is absent where the value says no more than the mode does. */
export interface AclXattrs {
  readonly access?: Uint8Array | undefined
  readonly default?: Uint8Array | undefined
}

interface Rows {
  userObject?: number
  groupObject?: number
  other?: number
  mask?: number
  readonly users: AclRow[]
  readonly groups: AclRow[]
}

/** From `system.posix_acl_access` and `system.posix_acl_default`. `undefined` if neither says more than the mode. */
export function decodeAcl({ access, default: defaults }: AclXattrs): AccessControlList | undefined {
  const own = access === undefined ? undefined : decodeRows(access, 'system.posix_acl_access')
  const inherited = defaults === undefined ? undefined : decodeRows(defaults, 'system.posix_acl_default')
  const hasDefaults = inherited !== undefined && defaults !== undefined && defaults.length > headerBytes
  const isExtended = own !== undefined && (own.mask !== undefined || own.users.length > 0 || own.groups.length > 0)
  if (!hasDefaults && !isExtended) return undefined
  return {
    users: own?.users ?? [],
    groups: own?.groups ?? [],
    ...(own?.mask !== undefined && own.groupObject !== undefined && { groupObject: own.groupObject }),
    ...(hasDefaults && { defaults: inherited }),
  }
}

/**
 * Back to the two values. What the access ACL shares with the mode comes from the mode's bits: with a mask, the group bits
 * are the mask (spec pbs §7.3).
 */
export function encodeAcl(acl: AccessControlList, permissions: number): AclXattrs {
  const { users, groups, groupObject, defaults } = acl
  const groupBits = (permissions >> 3) & 7
  const isExtended = users.length > 0 || groups.length > 0 || groupObject !== undefined
  const access = isExtended
    ? encodeRows({
        userObject: (permissions >> 6) & 7,
        groupObject: groupObject ?? groupBits,
        mask: groupBits,
        other: permissions & 7,
        users,
        groups,
      })
    : undefined
  return { access, default: defaults && encodeRows(defaults) }
}

function decodeRows(value: Uint8Array, field: string): Rows {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  if (value.length < headerBytes || (value.length - headerBytes) % rowBytes !== 0)
    throw new ProtocolError('posix-acl', field, 0, `${value.length} bytes are not a list of rows`)
  if (view.getUint32(0, true) !== version) throw new ProtocolError('posix-acl', field, 0, 'unknown version')
  const rows: Rows = { users: [], groups: [] }
  for (let at = headerBytes; at < value.length; at += rowBytes) {
    const permissions = view.getUint16(at + 2, true) & 7
    const id = view.getUint32(at + 4, true)
    switch (view.getUint16(at, true)) {
      case tag.userObject:
        rows.userObject = permissions
        break
      case tag.groupObject:
        rows.groupObject = permissions
        break
      case tag.mask:
        rows.mask = permissions
        break
      case tag.other:
        rows.other = permissions
        break
      case tag.user:
        rows.users.push({ id, permissions })
        break
      case tag.group:
        rows.groups.push({ id, permissions })
        break
      default:
        throw new ProtocolError('posix-acl', field, at, 'unknown tag')
    }
  }
  rows.users.sort((a, b) => a.id - b.id)
  rows.groups.sort((a, b) => a.id - b.id)
  return rows
}

/** The kernel wants the rows in the order of their tags, and by id within one. */
function encodeRows(acl: DefaultAcl): Uint8Array {
  const rows: [number, number, number][] = []
  const single = (kind: number, permissions: number | undefined) => {
    if (permissions !== undefined) rows.push([kind, permissions, noId])
  }
  const named = (kind: number, list: readonly AclRow[]) => {
    for (const { id, permissions } of list.toSorted((a, b) => a.id - b.id)) rows.push([kind, permissions, id])
  }
  single(tag.userObject, acl.userObject)
  named(tag.user, acl.users)
  single(tag.groupObject, acl.groupObject)
  named(tag.group, acl.groups)
  single(tag.mask, acl.mask)
  single(tag.other, acl.other)
  const value = new Uint8Array(headerBytes + rows.length * rowBytes)
  const view = new DataView(value.buffer)
  view.setUint32(0, version, true)
  rows.forEach(([kind, permissions, id], i) => {
    view.setUint16(headerBytes + i * rowBytes, kind, true)
    view.setUint16(headerBytes + i * rowBytes + 2, permissions, true)
    view.setUint32(headerBytes + i * rowBytes + 4, id, true)
  })
  return value
}
