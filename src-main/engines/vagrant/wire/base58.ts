/** Bitcoin's alphabet: no 0, O, I, l. */
const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const digits = new Map([...alphabet].map((character, value) => [character, value]))

/** Base 58 as tokens are written (section 5.2): a number in base 58, a `1` in front for each leading zero byte. */
export function encodeBase58(bytes: Uint8Array): string {
  const found = leading(bytes, 0)
  const places: number[] = []
  for (const byte of bytes.subarray(found)) {
    let carry = byte
    for (let i = 0; i < places.length; i++) {
      carry += (places[i] ?? 0) * 256
      places[i] = carry % 58
      carry = Math.floor(carry / 58)
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) places.push(carry % 58)
  }
  const characters = places.toReversed().map((place) => alphabet[place] ?? '')
  return '1'.repeat(found) + characters.join('')
}

/** `undefined` for an empty text or one with a character that is no digit. The work grows with the square: bound the length first. */
export function decodeBase58(text: string): Uint8Array | undefined {
  if (text.length === 0) return undefined
  const values: number[] = []
  for (const character of text) {
    const value = digits.get(character)
    if (value === undefined) return undefined
    values.push(value)
  }
  const zeros = leading(values, 0)
  const bytes: number[] = []
  for (const value of values.slice(zeros)) {
    let carry = value
    for (let i = 0; i < bytes.length; i++) {
      carry += (bytes[i] ?? 0) * 58
      bytes[i] = carry & 0xff
      carry >>= 8
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff)
  }
  return Uint8Array.from([...Array<number>(zeros).fill(0), ...bytes.toReversed()])
}

function leading(values: ArrayLike<number>, value: number): number {
  let count = 0
  while (count < values.length && values[count] === value) count++
  return count
}
