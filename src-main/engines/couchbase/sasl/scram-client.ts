import { randomBytes, timingSafeEqual } from 'node:crypto'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import type { ScramMechanism } from './mechanism.ts'
import { hmac, keysOf, saltPassword, xor } from './scram-crypto.ts'
import { CHANNEL_BINDING, decodeBase64, decodeServerFirst, escapeName, FORMAT, GS2_HEADER } from './scram-message.ts'

/** Fewer make a stolen exchange cheap to guess from (spec couchbase §3.3). */
const MIN_ITERATIONS = 4096
/** A server may not keep us busy for minutes. */
const MAX_ITERATIONS = 1_000_000

/** The client's side of one exchange: three messages, in this order. */
export class ScramClient {
  readonly #mechanism: ScramMechanism
  readonly #password: string
  readonly #nonce: string
  readonly #bare: string
  #expected: Buffer | undefined

  constructor(
    mechanism: ScramMechanism,
    { user, password, nonce = randomBytes(8).toString('hex') }: { user: string; password: string; nonce?: string },
  ) {
    this.#mechanism = mechanism
    this.#password = password
    this.#nonce = nonce
    this.#bare = `n=${escapeName(user)},r=${nonce}`
  }

  first(): string {
    return `${GS2_HEADER}${this.#bare}`
  }

  /** @throws ProtocolError when the server's message is not one, or would weaken the exchange. */
  async final(serverFirst: string): Promise<string> {
    const { nonce, salt, iterations } = decodeServerFirst(serverFirst)
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new ProtocolError(FORMAT, 'nonce', 0, 'it does not continue ours')
    }
    if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
      throw new ProtocolError(FORMAT, 'iterations', 0, `${iterations} are not acceptable`)
    }
    const salted = await saltPassword(this.#mechanism, { password: this.#password, salt, iterations })
    const { clientKey, storedKey, serverKey } = keysOf(this.#mechanism, salted)
    const withoutProof = `${CHANNEL_BINDING},r=${nonce}`
    const transcript = `${this.#bare},${serverFirst},${withoutProof}`
    this.#expected = hmac(this.#mechanism, serverKey, transcript)
    const proof = xor(clientKey, hmac(this.#mechanism, storedKey, transcript))
    return `${withoutProof},p=${proof.toString('base64')}`
  }

  /** @throws ProtocolError when the server does not prove that it knows the password as well. */
  verify(serverFinal: string): void {
    const signature = serverFinal.startsWith('v=') ? decodeBase64(serverFinal.slice(2)) : undefined
    if (
      signature === undefined ||
      this.#expected === undefined ||
      signature.length !== this.#expected.length ||
      !timingSafeEqual(signature, this.#expected)
    ) {
      throw new ProtocolError(FORMAT, 'server signature', 0, 'the server does not know the password')
    }
  }
}
