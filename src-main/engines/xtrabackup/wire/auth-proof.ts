import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { KvBlock } from './kv-block.ts'

/** How old a proof may be, either way (spec xtrabackup-agent §10). */
const validSeconds = 120
/** Nonces that are remembered; within two minutes nobody asks so often. */
const noncesLimit = 100_000

export interface ProofInput {
  readonly secret: string
  readonly action: string
  readonly sid: string
}

/** That the caller knows the shared secret, for one request: HMAC-SHA-256 over time, nonce, action and session. */
export function authPairs(input: ProofInput, nowSeconds: number): readonly (readonly [string, string])[] {
  const time = String(nowSeconds)
  const nonce = randomBytes(16).toString('hex')
  return [
    ['bkm-auth-time', time],
    ['bkm-auth-nonce', nonce],
    ['bkm-auth', proof(input, time, nonce).toString('hex')],
  ]
}

/** Checks proofs, each once. */
export class ProofChecker {
  /** When each nonce may be forgotten. */
  readonly #nonces = new Map<string, number>()
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  /** Why the request is refused; `undefined` when it is not. */
  problem(block: KvBlock, nowSeconds: number): string | undefined {
    const time = block.get('bkm-auth-time') ?? ''
    const nonce = block.get('bkm-auth-nonce') ?? ''
    const given = block.get('bkm-auth') ?? ''
    if (!/^\d{1,12}$/.test(time) || !/^[0-9a-f]{16,64}$/.test(nonce) || !/^[0-9a-f]{64}$/.test(given))
      return 'This agent needs a shared secret.'
    const input = { secret: this.#secret, action: block.get('action') ?? '', sid: block.get('sid') ?? '' }
    if (!timingSafeEqual(proof(input, time, nonce), Buffer.from(given, 'hex'))) return 'The shared secret is wrong.'
    if (Math.abs(nowSeconds - Number(time)) > validSeconds)
      return 'The request is too old; the clocks of the two computers may differ.'
    this.#forget(nowSeconds)
    if (this.#nonces.has(nonce) || this.#nonces.size >= noncesLimit) return 'The request was made before.'
    this.#nonces.set(nonce, Number(time) + validSeconds)
    return undefined
  }

  #forget(nowSeconds: number): void {
    for (const [nonce, until] of this.#nonces) if (until < nowSeconds) this.#nonces.delete(nonce)
  }
}

function proof({ secret, action, sid }: ProofInput, time: string, nonce: string): Buffer {
  return createHmac('sha256', secret).update(`${time}\n${nonce}\n${action}\n${sid}`).digest()
}
