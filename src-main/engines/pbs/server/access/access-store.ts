import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { replaceFile, syncFolder } from '../../../../storage/datastore/durable-file.ts'
import { tryLockFile } from '../../../../storage/datastore/file-lock.ts'
import { isUserId, parseAuthId } from '../../wire/names.ts'
import { type AccessConfig, type AclEntry, accessConfig } from './access-config.ts'
import { createAccessReader } from './access-file.ts'
import { type HashCost, hashPassword } from './password-hash.ts'

/**
 * Users, tokens and rights of a server, kept in one file of mode 0600. Several threads and processes may have it open:
 * a running server sees each change at its next call, and changes do not undo one another.
 */
export interface AccessStore {
  /** What a server asks at every call; pass it on as `access`. Throws `secret/unavailable` when the file is damaged. */
  config(): AccessConfig
  users(): readonly UserAccount[]
  /** Throws `input/invalid` for a name that is none, is taken, or a password that is too short. */
  addUser(userId: string, password: string, options?: AccountOptions): Promise<void>
  /** Tickets that are out stay good until they expire, two hours at most. */
  setPassword(userId: string, password: string): Promise<void>
  changeUser(userId: string, options: AccountOptions): Promise<void>
  /** With all tokens and rights of the user. */
  removeUser(userId: string): Promise<void>
  /** Of all users unless told whose. */
  tokens(userId?: string): readonly TokenAccount[]
  /** Returns the secret, which is shown this once: only its hash is kept. It may do nothing until it gets rights. */
  addToken(authId: string, options?: AccountOptions): Promise<string>
  changeToken(authId: string, options: AccountOptions): Promise<void>
  /** With its rights. */
  removeToken(authId: string): Promise<void>
  acl(): readonly AclEntry[]
  /** One role of somebody at a path; the same one again only changes whether it propagates. */
  grant(entry: AclGrant): Promise<void>
  revoke(entry: Pick<AclEntry, 'path' | 'authId' | 'role'>): Promise<void>
}

export type AclGrant = Omit<AclEntry, 'propagates'> & { readonly propagates?: boolean | undefined }

export interface AccountOptions {
  readonly isEnabled?: boolean | undefined
  /** Unix seconds; from then on no login. */
  readonly expiresAt?: number | undefined
  /** For a person to tell accounts apart. */
  readonly comment?: string | undefined
}

export interface UserAccount extends AccountOptions {
  readonly userId: string
  readonly isEnabled: boolean
  readonly hasSecondFactor: boolean
}

export interface TokenAccount extends AccountOptions {
  readonly authId: string
  readonly isEnabled: boolean
}

export interface AccessStoreOptions {
  /** For tests. */
  readonly hashCost?: HashCost | undefined
}

export const ACCESS_FILE = 'access.json'
/** As PBS wants of the passwords it keeps itself. */
const MIN_PASSWORD_LENGTH = 8
const MAX_PASSWORD_BYTES = 1024
/** A change takes milliseconds; who waits longer waits for something that hangs. */
const LOCK_ROUNDS = 500
const LOCK_PAUSE_MS = 10

/** Opens the accounts in a folder, which is made when it is not there. Throws `secret/unavailable` for a damaged file. */
export async function openAccessStore(folder: string, { hashCost }: AccessStoreOptions = {}): Promise<AccessStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, ACCESS_FILE)
  const config = createAccessReader(file)
  config()

  const change = async (edit: (current: AccessConfig) => AccessConfig) => {
    const lock = await lockFile(`${file}.lock`)
    try {
      const changed = accessConfig.safeParse(edit(config()))
      if (!changed.success) throw invalid(changed.error.issues[0]?.message ?? 'This cannot be kept.')
      const text = `${JSON.stringify(changed.data, undefined, 2)}\n`
      await replaceFile(file, Buffer.from(text), { mode: 0o600, isDurable: true })
      await syncFolder(folder)
    } finally {
      await lock.release()
    }
  }

  return {
    config,
    users: () =>
      config().users.map(({ passwordHash: _, totpSecret, ...user }) => ({
        ...user,
        hasSecondFactor: totpSecret !== undefined,
      })),
    async addUser(userId, password, options = {}) {
      if (!isUserId(userId)) throw invalid(`${userId.slice(0, 100)} is no user: write name@pbs.`)
      const passwordHash = await hash(password, hashCost)
      await change((current) => {
        if (current.users.some((user) => user.userId === userId)) throw invalid(`There is already a user ${userId}.`)
        return { ...current, users: [...current.users, { isEnabled: true, ...defined(options), userId, passwordHash }] }
      })
    },
    async setPassword(userId, password) {
      const passwordHash = await hash(password, hashCost)
      await change((current) => ({ ...current, users: changed(current.users, byUser(userId), { passwordHash }) }))
    },
    changeUser: (userId, options) =>
      change((current) => ({ ...current, users: changed(current.users, byUser(userId), defined(options)) })),
    removeUser: (userId) =>
      change((current) => {
        const isOther = ({ authId }: { readonly authId: string }) => parseAuthId(authId)?.user !== userId
        return {
          ...current,
          users: without(current.users, byUser(userId)),
          tokens: current.tokens.filter(isOther),
          acl: current.acl.filter(isOther),
        }
      }),
    tokens: (userId) =>
      config()
        .tokens.filter(({ authId }) => userId === undefined || parseAuthId(authId)?.user === userId)
        .map(({ secretHash: _, ...token }) => token),
    async addToken(authId, options = {}) {
      const user = parseAuthId(authId)
      if (user?.token === undefined) throw invalid(`${authId.slice(0, 100)} is no token: write name@pbs!token.`)
      const secret = randomUUID()
      const secretHash = await hash(secret, hashCost)
      await change((current) => {
        if (!current.users.some(byUser(user.user))) throw invalid(`There is no user ${user.user}.`)
        if (current.tokens.some(byAuthId(authId))) throw invalid(`There is already a token ${authId}.`)
        return { ...current, tokens: [...current.tokens, { isEnabled: true, ...defined(options), authId, secretHash }] }
      })
      return secret
    },
    changeToken: (authId, options) =>
      change((current) => ({ ...current, tokens: changed(current.tokens, byAuthId(authId), defined(options)) })),
    removeToken: (authId) =>
      change((current) => ({
        ...current,
        tokens: without(current.tokens, byAuthId(authId)),
        acl: current.acl.filter((entry) => entry.authId !== authId),
      })),
    acl: () => config().acl,
    grant: (entry) =>
      change((current) => {
        const { user, token } = parseAuthId(entry.authId) ?? {}
        const isThere =
          token === undefined ? current.users.some(byUser(user ?? '')) : current.tokens.some(byAuthId(entry.authId))
        if (!isThere) throw invalid(`There is no ${entry.authId.slice(0, 100)}.`)
        const rest = current.acl.filter((other) => !isSameGrant(other, entry))
        return { ...current, acl: [...rest, { ...entry, propagates: entry.propagates ?? true }] }
      }),
    revoke: (entry) =>
      change((current) => ({ ...current, acl: without(current.acl, (other) => isSameGrant(other, entry)) })),
  }
}

async function hash(password: string, cost: HashCost | undefined): Promise<string> {
  if (password.length < MIN_PASSWORD_LENGTH || Buffer.byteLength(password) > MAX_PASSWORD_BYTES)
    throw invalid(`A password has at least ${MIN_PASSWORD_LENGTH} characters.`)
  return await hashPassword(password, cost)
}

const byUser = (userId: string) => (user: { readonly userId: string }) => user.userId === userId
const byAuthId = (authId: string) => (token: { readonly authId: string }) => token.authId === authId

function isSameGrant(a: Pick<AclEntry, 'path' | 'authId' | 'role'>, b: typeof a): boolean {
  return a.path === b.path && a.authId === b.authId && a.role === b.role
}

function changed<Item extends object>(
  items: readonly Item[],
  isIt: (item: Item) => boolean,
  fields: Partial<Item>,
): Item[] {
  if (!items.some(isIt)) throw invalid('There is no such account.')
  return items.map((item) => (isIt(item) ? { ...item, ...fields } : item))
}

function without<Item>(items: readonly Item[], isIt: (item: Item) => boolean): Item[] {
  if (!items.some(isIt)) throw invalid('There is no such account or right.')
  return items.filter((item) => !isIt(item))
}

/** Only what was given: an option that is left out stays as it is. */
function defined({ isEnabled, expiresAt, comment }: AccountOptions) {
  return {
    ...(isEnabled === undefined ? {} : { isEnabled }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(comment === undefined ? {} : { comment }),
  }
}

async function lockFile(file: string) {
  for (let round = 0; round < LOCK_ROUNDS; round++) {
    const lock = await tryLockFile(file, 'exclusive')
    if (lock !== undefined) return lock
    await sleep(LOCK_PAUSE_MS)
  }
  throw new HoldfastError('secret/unavailable', { detail: 'Another program is changing the accounts.' })
}

function invalid(detail: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail })
}
