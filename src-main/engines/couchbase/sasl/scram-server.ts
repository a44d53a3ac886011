import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { ScramMechanism } from './mechanism.ts'
import { hash, hmac, type ScramKeys, xor } from './scram-crypto.ts'
import { attributes, CHANNEL_BINDING, decodeBase64, GS2_HEADER, unescapeName } from './scram-message.ts'

/** Where the keys of users are; gives plausible ones for a user who does not exist, so that nobody can find out. */
export type FindScramKeys = (mechanism: ScramMechanism, user: string) => ScramKeys

export type ScramStep =
  | { readonly outcome: 'continue'; readonly message: string }
  | { readonly outcome: 'success'; readonly message: string; readonly user: string }
  /** The proof is wrong, or there is no such user: which of them is nobody's business. */
  | { readonly outcome: 'denied' }
  /** Not a message of this mechanism. */
  | { readonly outcome: 'malformed' }

/** The server's side of one exchange (RFC 5802). */
export class ScramServer {
  readonly mechanism: ScramMechanism
  readonly #find: FindScramKeys
  readonly #serverNonce: string
  #state:
    | { readonly user: string; readonly keys: ScramKeys; readonly nonce: string; readonly start: string }
    | undefined

  constructor(mechanism: ScramMechanism, find: FindScramKeys, serverNonce = randomBytes(8).toString('hex')) {
    this.mechanism = mechanism
    this.#find = find
    this.#serverNonce = serverNonce
  }

  first(message: string): ScramStep {
    if (!message.startsWith(GS2_HEADER) || message.length > 4096) return { outcome: 'malformed' }
    const bare = message.slice(GS2_HEADER.length)
    const [n, r] = attributes(bare)
    const user = n?.[0] === 'n=' ? unescapeName(n[1]) : undefined
    if (!user || r?.[0] !== 'r=' || r[1] === '') return { outcome: 'malformed' }
    const keys = this.#find(this.mechanism, user)
    const nonce = `${r[1]}${this.#serverNonce}`
    const reply = `r=${nonce},s=${Buffer.from(keys.salt).toString('base64')},i=${keys.iterations}`
    this.#state = { user, keys, nonce, start: `${bare},${reply}` }
    return { outcome: 'continue', message: reply }
  }

  final(message: string): ScramStep {
    const state = this.#state
    this.#state = undefined // one guess an exchange
    if (state === undefined || message.length > 4096) return { outcome: 'malformed' }
    const proofAt = message.lastIndexOf(',p=')
    const withoutProof = message.slice(0, Math.max(0, proofAt))
    const proof = decodeBase64(message.slice(proofAt + 3))
    if (proofAt < 0 || proof === undefined) return { outcome: 'malformed' }
    if (withoutProof !== `${CHANNEL_BINDING},r=${state.nonce}`) return { outcome: 'denied' }
    const { storedKey, serverKey } = state.keys
    if (proof.length !== storedKey.length) return { outcome: 'denied' }
    const transcript = `${state.start},${withoutProof}`
    const clientKey = xor(proof, hmac(this.mechanism, storedKey, transcript))
    if (!timingSafeEqual(hash(this.mechanism, clientKey), storedKey)) return { outcome: 'denied' }
    const signature = hmac(this.mechanism, serverKey, transcript).toString('base64')
    return { outcome: 'success', message: `v=${signature}`, user: state.user }
  }
}
