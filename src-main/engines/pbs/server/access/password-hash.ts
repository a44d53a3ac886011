import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** `scrypt:<log2 N>:<r>:<p>:<salt>:<hash>`, both in unpadded base64url. */
const HASH = /^scrypt:(\d{1,2}):(\d{1,2}):(\d{1,2}):([A-Za-z0-9_-]{16,64}):([A-Za-z0-9_-]{43})$/
const HASH_BYTES = 32
const SALT_BYTES = 16
/** 32 MiB and a twentieth of a second: enough to make trying costly, little enough for eight at once. */
const COST = { logN: 15, r: 8, p: 1 } as const
const MAX_MEMORY_BYTES = 256 << 20
/** More than anyone types; a longer one would cost time to hash. */
const MAX_PASSWORD_BYTES = 1024

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

interface ParsedHash {
  readonly options: ScryptOptions
  readonly salt: Buffer
  readonly hash: Buffer
}

export interface HashCost {
  readonly logN: number
  readonly r: number
  readonly p: number
}

export async function hashPassword(password: string, cost: HashCost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, HASH_BYTES, scryptOptions(cost))
  return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join(':')
}

/** Takes as long for a wrong password as for the right one. */
export async function checkPassword(password: string, text: string): Promise<boolean> {
  const parsed = parseHash(text)
  if (parsed === undefined || Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return false
  return timingSafeEqual(await derive(password, parsed.salt, HASH_BYTES, parsed.options), parsed.hash)
}

export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== undefined
}

function parseHash(text: string): ParsedHash | undefined {
  const match = HASH.exec(text)
  if (match === null) return undefined
  const [logN, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (logN < 1 || r < 1 || p < 1 || 128 * 2 ** logN * r > MAX_MEMORY_BYTES / 2 || p > 4) return undefined
  return {
    options: scryptOptions({ logN, r, p }),
    salt: Buffer.from(match[4] ?? '', 'base64url'),
    hash: Buffer.from(match[5] ?? '', 'base64url'),
  }
}

function scryptOptions({ logN, r, p }: HashCost): ScryptOptions {
  return { N: 2 ** logN, r, p, maxmem: MAX_MEMORY_BYTES }
}
