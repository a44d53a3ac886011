/** `1h30m`, `1.5h`, `-2ms`, `0` (section 6.3). */
const whole = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/u
const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/gu

const unitNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // micro sign, U+00B5
  μs: 1_000n, // Greek letter, U+03BC
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

const maximumNs = (1n << 63n) - 1n
/** Longer texts are no durations that anybody writes; keeps the work bounded. */
const maximumLength = 128

/** Nanoseconds of a duration string, or `undefined` when it is none or does not fit 64 bits. */
export function parseDuration(text: string): bigint | undefined {
  if (text.length > maximumLength || !whole.test(text)) return undefined
  let total = 0n
  for (const [, digits = '', fraction = '', unit = ''] of text.matchAll(part)) {
    const scale = unitNs[unit] ?? 0n
    total += BigInt(digits === '' ? 0 : digits) * scale
    if (fraction !== '') total += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length)
  }
  if (total > maximumNs) return undefined
  return text.startsWith('-') ? -total : total
}
