import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { digests, type ScramMechanism, scramMechanisms } from '../sasl/mechanism.ts'
import { ITERATIONS, keysOf, makeScramKeys, type ScramKeys, saltPassword } from '../sasl/scram-crypto.ts'

/** What a user may do. `Administrator` covers the four snapshot commands, as on a real node (spec couchbase §4). */
export type Privilege = 'Administrator' | 'Stats' | 'SystemSettings'

/** Somebody who may log in. Of the password only what checks it is kept. */
export interface CouchbaseUser {
  readonly name: string
  readonly keys: Readonly<Record<ScramMechanism, ScramKeys>>
  readonly privileges: readonly Privilege[]
  /** Names of buckets that may be selected; `*` is all. */
  readonly buckets: '*' | readonly string[]
}

const SALT_BYTES = 32

/** Takes a twentieth of a second: the keys are slow to derive on purpose. */
export async function createCouchbaseUser(user: {
  readonly name: string
  readonly password: string
  readonly privileges: readonly Privilege[]
  readonly buckets?: CouchbaseUser['buckets'] | undefined
  /** Fewer than the default only make sense in tests. */
  readonly iterations?: number | undefined
}): Promise<CouchbaseUser> {
  const { name, password, privileges, buckets = '*', iterations = ITERATIONS } = user
  const make = (mechanism: ScramMechanism) =>
    makeScramKeys(mechanism, { password, salt: randomBytes(SALT_BYTES), iterations })
  const [sha512, sha256, sha1] = await Promise.all(scramMechanisms.map(make))
  if (!sha512 || !sha256 || !sha1) throw new Error('a mechanism is missing')
  return { name, keys: { 'SCRAM-SHA512': sha512, 'SCRAM-SHA256': sha256, 'SCRAM-SHA1': sha1 }, privileges, buckets }
}

/** Who may log in, asked without telling who exists. */
export class UserDirectory {
  readonly #users: ReadonlyMap<string, CouchbaseUser>
  readonly #secret = randomBytes(32)

  constructor(users: readonly CouchbaseUser[]) {
    this.#users = new Map(users.map((user) => [user.name, user]))
  }

  find(name: string): CouchbaseUser | undefined {
    return this.#users.get(name)
  }

  /** For a name that nobody bears: keys that no password fits, the same ones whenever it is asked. */
  scramKeys(mechanism: ScramMechanism, name: string): ScramKeys {
    const user = this.#users.get(name)
    if (user) return user.keys[mechanism]
    const derive = (label: string, bytes: number) =>
      createHmac('sha512', this.#secret).update(`${label}\0${mechanism}\0${name}`).digest().subarray(0, bytes)
    const { bytes } = digests[mechanism]
    const iterations = this.#users.values().next().value?.keys[mechanism].iterations ?? ITERATIONS
    return {
      salt: derive('salt', SALT_BYTES),
      iterations,
      storedKey: derive('stored', bytes),
      serverKey: derive('server', bytes),
    }
  }

  /** Takes as long for a user who does not exist. */
  async checkPassword(name: string, password: string): Promise<CouchbaseUser | undefined> {
    const mechanism = 'SCRAM-SHA512'
    const { salt, iterations, storedKey } = this.scramKeys(mechanism, name)
    const salted = await saltPassword(mechanism, { password, salt, iterations })
    const isRight = timingSafeEqual(keysOf(mechanism, salted).storedKey, storedKey)
    return isRight ? this.#users.get(name) : undefined
  }
}
