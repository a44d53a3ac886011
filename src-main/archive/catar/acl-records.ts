import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RecordBody } from '../record-body.ts'
import type { AccessControlList, AclRow, DefaultAcl } from '../tree.ts'
import { readId } from './entry-record.ts'
import { featureFlag } from './feature-flags.ts'
import { isOwnerName } from './names.ts'
import { corrupt, type RecordType, recordType } from './records.ts'

/** Stands for the mask that a default ACL does not have. */
export const absentMask = 0xffff_ffff_ffff_ffffn

/** The order of rows, strictly increasing: id, none before a name, name, permissions (spec casync §10.5). */
export function compareRows(a: AclRow, b: AclRow): number {
  if (a.id !== b.id) return a.id - b.id
  const [nameOfA = '', nameOfB = ''] = [a.name, b.name]
  if (nameOfA !== nameOfB) return nameOfA < nameOfB ? -1 : 1
  return a.permissions - b.permissions
}

/** What is wrong with an ACL as a whole, or undefined: named entries need the mask, and the file's mode has that. */
export function aclProblem({ users, groups, groupObject, defaults }: AccessControlList): string | undefined {
  if (users.length + groups.length > 0 && groupObject === undefined) return 'has named entries, but no group entry'
  if (defaults === undefined) return undefined
  if (defaults.userObject === undefined || defaults.groupObject === undefined || defaults.other === undefined) {
    return 'has a default without owner, group or others'
  }
  const hasNamed = defaults.users.length + defaults.groups.length > 0
  return hasNamed && defaults.mask === undefined ? 'has named entries in its default, but no mask' : undefined
}

/** Throws `input/invalid` for an ACL that no reader takes. */
export function checkAcl(acl: AccessControlList): void {
  const problem = aclProblem(acl)
  if (problem !== undefined) throw new HoldfastError('input/invalid', { detail: `An access control list ${problem}.` })
}

/** Collects the ACL records of one node. */
export class AclReader {
  readonly #users: AclRow[] = []
  readonly #groups: AclRow[] = []
  readonly #defaultUsers: AclRow[] = []
  readonly #defaultGroups: AclRow[] = []
  #groupObject: number | undefined
  #defaults: Omit<DefaultAcl, 'users' | 'groups'> | undefined

  /** Takes one of the six ACL records. */
  take(type: RecordType, body: RecordBody, featureFlags: bigint): void {
    switch (type) {
      case recordType.aclUser:
        this.#users.push(readRow(body, featureFlags, this.#users.at(-1)))
        return
      case recordType.aclGroup:
        this.#groups.push(readRow(body, featureFlags, this.#groups.at(-1)))
        return
      case recordType.aclDefaultUser:
        this.#defaultUsers.push(readRow(body, featureFlags, this.#defaultUsers.at(-1)))
        return
      case recordType.aclDefaultGroup:
        this.#defaultGroups.push(readRow(body, featureFlags, this.#defaultGroups.at(-1)))
        return
      case recordType.aclGroupObject:
        this.#groupObject = readPermissions(body, 0)
        return
      case recordType.aclDefault:
        this.#defaults = readDefaults(body)
    }
  }

  /** `offset` is where the node's ENTRY is. */
  finish(offset: number): AccessControlList {
    const users = this.#defaultUsers
    const groups = this.#defaultGroups
    const hasDefaults = this.#defaults !== undefined || users.length + groups.length > 0
    const acl: AccessControlList = {
      users: this.#users,
      groups: this.#groups,
      ...(this.#groupObject !== undefined && { groupObject: this.#groupObject }),
      ...(hasDefaults && { defaults: { ...this.#defaults, users, groups } }),
    }
    const problem = aclProblem(acl)
    if (problem !== undefined) throw corrupt('ACL', offset, problem)
    return acl
  }
}

function readRow(body: RecordBody, featureFlags: bigint, last: AclRow | undefined): AclRow {
  const { view, at, offset } = body
  const id = readId(view, at, { field: 'ACL id', offset, featureFlags })
  const permissions = readPermissions(body, 8)
  const row = body.length === 16 ? { id, permissions } : { id, permissions, name: readRowName(body, featureFlags) }
  if (last !== undefined && compareRows(last, row) >= 0) throw corrupt('ACL', offset, 'is not sorted')
  return row
}

function readRowName(body: RecordBody, featureFlags: bigint): string {
  if ((featureFlags & featureFlag.userNames) === 0n) {
    throw corrupt('ACL name', body.offset + 16, 'in an archive without names of owners')
  }
  return readOwnerName('ACL name', body, 16)
}

function readDefaults(body: RecordBody): Omit<DefaultAcl, 'users' | 'groups'> {
  const mask = body.view.getBigUint64(body.at + 24, true)
  return {
    userObject: readPermissions(body, 0),
    groupObject: readPermissions(body, 8),
    other: readPermissions(body, 16),
    ...(mask !== absentMask && { mask: readPermissions(body, 24) }),
  }
}

/** A name that ends in NUL, from `skip` to the end of the body. */
export function readOwnerName(field: string, { bytes, at, offset, length }: RecordBody, skip: number): string {
  const end = at + length - 1
  if (bytes[end] !== 0) throw corrupt(field, offset + length - 1, 'does not end in NUL')
  const name = Buffer.from(bytes.buffer, bytes.byteOffset + at + skip, length - 1 - skip).toString('latin1')
  if (!isOwnerName(name)) throw corrupt(field, offset + skip, `${JSON.stringify(name)} is not a possible name`)
  return name
}

function readPermissions({ view, at, offset }: RecordBody, skip: number): number {
  const permissions = view.getBigUint64(at + skip, true)
  if (permissions > 7n) throw corrupt('ACL permissions', offset + skip, `${permissions} is not of r, w, x`)
  return Number(permissions)
}
