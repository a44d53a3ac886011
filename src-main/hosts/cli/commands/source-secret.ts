import { createHash } from 'node:crypto'
import type { Client } from '../../../../src-shared/contract/index.ts'
import { type SecretId, secretId } from '../../../../src-shared/model/ids.ts'

/**
 * Puts the passwords of a source that was named on the command line where its job finds them. The same name is the same
 * place, so that a run every night leaves one entry in the safe and not three hundred.
 */
export async function keepSourceSecret(
  client: Client,
  name: string,
  fields: Readonly<Record<string, string>>,
): Promise<SecretId | undefined> {
  if (Object.keys(fields).length === 0) return undefined
  return (await client.secrets.put({ id: idOf(name), fields })).id
}

/** A UUID of the eighth version: its bits are a digest (RFC 9562 §5.8). */
function idOf(name: string): SecretId {
  const hex = createHash('sha256').update(`command-line:${name}`).digest('hex')
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4]
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`]
  return secretId.parse([...parts, hex.slice(20, 32)].join('-'))
}
