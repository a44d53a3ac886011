import { randomBytes } from 'node:crypto'
import type { HMACKey, Token, Token_Entrypoint } from '../generated/server_pb.js'
import type { Clock } from '../jobs/clock.ts'
import type { RecordStore } from '../records/record-store.ts'
import { failure } from '../wire/failure.ts'
import { timestamp, unixMs } from '../wire/times.ts'
import { type DecodedToken, decodeToken, encodeToken, invalidToken } from '../wire/token.ts'
import type { ServerEventListener } from './server-event.ts'

const defaultKey = 'k1'
const loginUser = 'vagrant'
const tokenIdLength = 16

type TokenFacts = Partial<Pick<Token, 'user' | 'login' | 'invite' | 'validUntil' | 'entrypoint'>>
type Metadata = Readonly<Record<string, string>>

export interface TokenAuthorityOptions {
  readonly store: RecordStore
  readonly clock: Clock
  readonly emit: ServerEventListener
}

/** Makes and checks tokens (section 5). Also for the host: an operator who is locked out makes one here. */
export class TokenAuthority {
  readonly #options: TokenAuthorityOptions
  /** Streams that are open, by the token that opened them. */
  readonly #open = new Map<string, Set<AbortController>>()

  constructor(options: TokenAuthorityOptions) {
    this.#options = options
  }

  /** The first token of a fresh server. Nothing is awaited between the check and the key: only one caller can be first. */
  bootstrap(): string {
    if (!this.#options.store.keys.isEmpty()) throw failure('permission-denied', 'already bootstrapped')
    return this.login()
  }

  /** Whoever runs the server hands out the tokens: from now on nobody gets the first one by asking. */
  closeBootstrap(): void {
    this.#options.store.keys.create(defaultKey)
  }

  /** A login token. Making one ends the bootstrap window. */
  login(entrypoint?: Token_Entrypoint, metadata: Metadata = {}): string {
    return this.#make('login', { user: loginUser, login: true, ...(entrypoint && { entrypoint }) }, metadata)
  }

  invite(validForMs: number, entrypoint?: Token_Entrypoint, metadata: Metadata = {}): string {
    const validUntil = timestamp(this.#options.clock.now() + validForMs)
    return this.#make('invite', { invite: true, validUntil, ...(entrypoint && { entrypoint }) }, metadata)
  }

  convert(invite: string): string {
    const { token, metadata } = this.decode(invite)
    if (!token.invite) throw failure('invalid-argument', 'only an invite token can be converted')
    return this.login(token.entrypoint, metadata)
  }

  /** Throws UNAUTHENTICATED with the reason. */
  decode(text: string): DecodedToken {
    const { store, clock } = this.#options
    const decoded = decodeToken(text, { key: (id) => store.keys.get(id), nowMs: clock.now() })
    if (store.tokens.isRevoked(hex(decoded.token.tokenId))) throw invalidToken('revoked')
    return decoded
  }

  /** The decision of section 5.5 for a method that needs a token. Throws UNAUTHENTICATED; returns the token's id. */
  authenticate(text: string | undefined, method: string): string {
    if (text === undefined || text === '') throw failure('unauthenticated', 'an authentication token is needed')
    const { token } = this.decode(text)
    if (!token.login) throw invalidToken('not a login token')
    if (token.entrypoint !== undefined && !method.startsWith('Entrypoint')) throw invalidToken('only for entrypoints')
    if (token.user !== loginUser) throw invalidToken('unknown user')
    return hex(token.tokenId)
  }

  /** Whether tokens of now are taken when these are the keys. */
  areGoodWith(keys: readonly HMACKey[]): boolean {
    const now = this.#options.store.keys.get(defaultKey)
    if (now === undefined) return true
    const then = keys.find(({ id }) => id.toLowerCase() === defaultKey)
    return then !== undefined && Buffer.from(then.key).equals(now.key)
  }

  /** Aborts with UNAUTHENTICATED when the token is revoked before the call is over. */
  untilRevoked(tokenId: string, call: AbortSignal): AbortSignal {
    const end = new AbortController()
    const streams = this.#open.get(tokenId) ?? new Set()
    this.#open.set(tokenId, streams.add(end))
    const forget = (): void => {
      streams.delete(end)
      if (streams.size === 0) this.#open.delete(tokenId)
    }
    call.addEventListener('abort', forget, { once: true })
    return end.signal
  }

  /** One token is not taken any more, and what waits with it ends. False when it was not made here. */
  revoke(tokenId: string): boolean {
    const { store, clock, emit } = this.#options
    const known = store.tokens.list().find((token) => token.tokenId === tokenId)
    if (known === undefined) return false
    store.tokens.revoke(tokenId, clock.now())
    this.#endStreams(tokenId)
    emit({ type: 'token-revoked', tokenId, kind: known.kind })
    return true
  }

  /** No token made so far is taken any more. The caller gets one of the new key, so that the bootstrap window stays closed. */
  revokeAll(): string {
    this.#options.store.keys.remove(defaultKey)
    for (const tokenId of [...this.#open.keys()]) this.#endStreams(tokenId)
    return this.login()
  }

  #endStreams(tokenId: string): void {
    for (const end of this.#open.get(tokenId) ?? []) end.abort(invalidToken('revoked'))
  }

  #make(kind: 'login' | 'invite', init: TokenFacts, metadata: Metadata): string {
    const { store, clock, emit } = this.#options
    const key = store.keys.create(defaultKey)
    const tokenId = Uint8Array.from(randomBytes(tokenIdLength))
    const text = encodeToken({ ...init, tokenId }, key, metadata)
    const { token } = decodeToken(text, { key: () => key, nowMs: 0 })
    const validUntilMs = token.validUntil === undefined ? undefined : unixMs(token.validUntil)
    store.tokens.add({ tokenId: hex(tokenId), kind, createdMs: clock.now(), validUntilMs, revokedMs: undefined })
    emit({ type: 'token-made', tokenId: hex(tokenId), kind })
    return text
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
