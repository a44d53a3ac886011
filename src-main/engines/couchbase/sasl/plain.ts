/** SASL PLAIN (RFC 4616): `[authzid] NUL user NUL password`. */
export interface PlainLogin {
  readonly user: string
  readonly password: string
}

export function encodePlain({ user, password }: PlainLogin): Uint8Array {
  return Buffer.from(`\0${user}\0${password}`)
}

/** Undefined when it is none. The authorisation id is passed over, one NUL at the end tolerated (spec couchbase §3.3). */
export function decodePlain(message: Uint8Array): PlainLogin | undefined {
  const parts = Buffer.from(message).toString().split('\0')
  if (parts.length === 4 && parts[3] === '') parts.pop()
  const [, user, password] = parts
  if (parts.length !== 3 || !user || password === undefined) return undefined
  return { user, password }
}
