/** Status codes and the names the protocol gives them (spec couchbase §16). */
export const status = {
  success: 0x00,
  keyEnoent: 0x01,
  keyEexists: 0x02,
  e2big: 0x03,
  einval: 0x04,
  notMyVbucket: 0x07,
  noBucket: 0x08,
  eConfigOnly: 0x0d,
  authStale: 0x1f,
  authError: 0x20,
  authContinue: 0x21,
  erange: 0x22,
  eaccess: 0x24,
  notInitialized: 0x25,
  encryptionKeyNotAvailable: 0x26,
  checksumMismatch: 0x27,
  bucketPaused: 0x50,
  unknownFrameInfo: 0x80,
  unknownCommand: 0x81,
  enomem: 0x82,
  notSupported: 0x83,
  einternal: 0x84,
  ebusy: 0x85,
  etmpfail: 0x86,
} as const

const names = new Map<number, string>(Object.entries(status).map(([name, code]) => [code, name]))

/** For a message: the name, or the number of a code that is not known. */
export function statusName(code: number): string {
  return names.get(code) ?? `0x${code.toString(16).padStart(2, '0')}`
}

/** Worth another try a little later; everything else that is not success is final for that request (§16). */
export function isTemporary(code: number): boolean {
  switch (code) {
    case status.eConfigOnly:
    case status.notInitialized:
    case status.enomem:
    case status.einternal:
    case status.ebusy:
    case status.etmpfail:
      return true
    default:
      return false
  }
}
