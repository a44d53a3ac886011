const decoder = new TextDecoder('utf-8', { fatal: true })

/** Undefined when it is not JSON in UTF-8; JSON itself has no undefined. The frame limit has bounded its size. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/**
 * A whole number as the protocol writes those that JSON cannot: a string of decimal digits (spec couchbase §7, §8).
 * Undefined for anything else and for what 63 bits cannot hold.
 */
export function parseDigits(text: string): bigint | undefined {
  if (!/^[0-9]{1,19}$/.test(text)) return undefined
  const value = BigInt(text)
  return value <= MAX_SIGNED ? value : undefined
}

const MAX_SIGNED = 2n ** 63n - 1n
