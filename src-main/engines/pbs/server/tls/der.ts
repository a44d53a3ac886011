/** As much of DER (X.690) as a certificate needs: each function makes one element. */

export function derInteger(value: Uint8Array): Buffer {
  // A leading bit would be a sign.
  return element(0x02, (value[0] ?? 0) >= 0x80 ? [Uint8Array.of(0), value] : [value])
}

export function derBoolean(value: boolean): Buffer {
  return element(0x01, [Uint8Array.of(value ? 0xff : 0)])
}

export function derBitString(bytes: Uint8Array): Buffer {
  return element(0x03, [Uint8Array.of(0), bytes])
}

export function derOctetString(bytes: Uint8Array): Buffer {
  return element(0x04, [bytes])
}

export function derUtf8String(text: string): Buffer {
  return element(0x0c, [Buffer.from(text)])
}

/** `YYYYMMDDHHMMSSZ`: from 2050 on certificates must have this form, before they may not (RFC 5280 §4.1.2.5). */
export function derTime(unixSeconds: number): Buffer {
  const text = `${new Date(unixSeconds * 1000).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`
  return text < '2050' ? element(0x17, [Buffer.from(text.slice(2))]) : element(0x18, [Buffer.from(text)])
}

/** `1.2.840.10045.4.3.2` */
export function derObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, [Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)])])
}

export function derSequence(...members: readonly Uint8Array[]): Buffer {
  return element(0x30, members)
}

export function derSet(...members: readonly Uint8Array[]): Buffer {
  return element(0x31, members)
}

/** `[number]`, around other elements or around bytes of its own. */
export function derTagged(number: number, isConstructed: boolean, ...members: readonly Uint8Array[]): Buffer {
  return element(0x80 | (isConstructed ? 0x20 : 0) | number, members)
}

function element(tag: number, members: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(members)
  return Buffer.concat([Uint8Array.from([tag, ...lengthBytes(body.length)]), body])
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes = length.toString(16)
  const digits = Buffer.from(bytes.length % 2 === 0 ? bytes : `0${bytes}`, 'hex')
  return [0x80 | digits.length, ...digits]
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f))
  return digits
}
