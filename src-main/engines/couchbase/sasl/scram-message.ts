import { ProtocolError } from '../../../../src-shared/errors.ts'

/** The messages of RFC 5802 §7 as text: `n,,n=user,r=nonce`, `r=…,s=…,i=…`, `c=biws,r=…,p=…`, `v=…`. */
export const FORMAT = 'scram'
/** No channel binding, in base64 what the first message began with. */
export const GS2_HEADER = 'n,,'
export const CHANNEL_BINDING = 'c=biws'

const MAX_MESSAGE = 4096

export interface ServerFirst {
  readonly nonce: string
  readonly salt: Buffer
  readonly iterations: number
}

export function escapeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

/** Undefined when an equals sign does not begin `=2C` or `=3D`. */
export function unescapeName(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

/** Attributes in their order; a value may contain equals signs. */
export function attributes(message: string): readonly (readonly [string, string])[] {
  if (message.length > MAX_MESSAGE) throw new ProtocolError(FORMAT, 'message', 0, `${message.length} characters`)
  return message.split(',').map((part) => [part.slice(0, 2), part.slice(2)] as const)
}

export function decodeServerFirst(message: string): ServerFirst {
  const [r, s, i] = attributes(message)
  if (r?.[0] !== 'r=' || s?.[0] !== 's=' || i?.[0] !== 'i=' || !/^\d{1,8}$/.test(i[1])) {
    throw new ProtocolError(FORMAT, 'server-first', 0, 'it is not r=…,s=…,i=…')
  }
  const salt = decodeBase64(s[1])
  if (salt === undefined || salt.length === 0) throw new ProtocolError(FORMAT, 'salt', 0, 'it is not base64')
  return { nonce: r[1], salt, iterations: Number(i[1]) }
}

/** Undefined when it is not base64, padded and with nothing left over. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
