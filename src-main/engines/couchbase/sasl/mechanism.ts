/** Mechanisms as Couchbase spells them, best first: no dash before the size (spec couchbase §3.3). */
export const mechanisms = ['SCRAM-SHA512', 'SCRAM-SHA256', 'SCRAM-SHA1', 'PLAIN'] as const
export type Mechanism = (typeof mechanisms)[number]
export type ScramMechanism = Exclude<Mechanism, 'PLAIN'>
export const scramMechanisms = [
  'SCRAM-SHA512',
  'SCRAM-SHA256',
  'SCRAM-SHA1',
] as const satisfies readonly ScramMechanism[]

/** The digest in the names of node:crypto, and how long it is. */
export const digests: Readonly<Record<ScramMechanism, { readonly name: string; readonly bytes: number }>> = {
  'SCRAM-SHA512': { name: 'sha512', bytes: 64 },
  'SCRAM-SHA256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA1': { name: 'sha1', bytes: 20 },
}

export function isMechanism(name: string): name is Mechanism {
  return (mechanisms as readonly string[]).includes(name) // widening to ask
}

/** Names separated by one space. Unknown ones are not ours to judge. */
export function decodeMechanisms(value: Uint8Array): readonly Mechanism[] {
  const names = new Set(Buffer.from(value).toString('latin1').split(' '))
  return mechanisms.filter((name) => names.has(name))
}
