import { describeSystemError } from '../../../os/system-error.ts'
import { datatype, MAX_DATATYPE } from '../wire/datatype.ts'
import { feature } from '../wire/hello.ts'
import type { Packet } from '../wire/packet.ts'
import { status } from '../wire/status.ts'
import type { ServedBucket } from './served-bucket.ts'
import type { ServerContext } from './server-context.ts'
import type { Session } from './session.ts'
import type { Privilege } from './user.ts'

/** A request with all that its answer needs. */
export interface Call {
  readonly packet: Packet
  readonly session: Session
  readonly context: ServerContext
  readonly signal: AbortSignal
}

type Presence = 'none' | 'required' | 'optional'

/** What a command takes, checked in one order before it runs (spec couchbase §4). */
export interface Command {
  /** Served before somebody has logged in. */
  readonly isOpen?: boolean | undefined
  readonly extras?: readonly number[] | undefined
  readonly key: Presence
  readonly value: Presence
  readonly datatype?: 'raw' | 'json' | 'raw or json' | undefined
  /** Whatever else makes a request invalid, as a sentence. */
  invalid?(call: Call): string | undefined
  readonly privilege?: Privilege | undefined
  readonly needs?: 'bucket' | 'persistence' | undefined
  run(call: Call): Promise<void>
}

export async function runCommand(command: Command | undefined, call: Call): Promise<void> {
  const { session, packet, context } = call
  if (command === undefined) return session.refuse(packet, status.unknownCommand)
  if (!command.isOpen && session.user === undefined) {
    return session.refuse(packet, status.eaccess, 'Authentication required')
  }
  const problem = invalidParts(command, call) ?? command.invalid?.(call)
  if (problem !== undefined) return session.refuse(packet, status.einval, problem)
  if (command.privilege && !session.user?.privileges.includes(command.privilege)) {
    return session.refuse(packet, status.eaccess, `The privilege ${command.privilege} is needed`)
  }
  if (command.needs && session.bucket === undefined) return session.refuse(packet, status.noBucket)
  if (command.needs === 'persistence' && !session.bucket?.isPersistent) {
    return session.refuse(packet, status.notSupported, 'The bucket has no persistence')
  }
  const { sentBytes } = session.output
  try {
    await command.run(call)
  } catch (error) {
    // After a header has gone out only the end of the connection can say so (§7).
    if (session.output.sentBytes !== sentBytes) throw error
    context.emit({ type: 'failed', session, error })
    await session.refuse(packet, status.einternal, describeSystemError(error))
  }
}

/** Of a command that `needs` one. */
export function bucketOf({ session }: Call): ServedBucket {
  if (session.bucket === undefined) throw new Error('a command that needs a bucket ran without')
  return session.bucket
}

function invalidParts(command: Command, { packet, session }: Call): string | undefined {
  const { header, extras, key, value } = packet
  if (!(command.extras ?? [0]).includes(extras.length)) return 'Request has extras of the wrong length'
  const maxKey = 250
  if (command.key === 'none' && key.length > 0) return 'Request must not include key'
  if (command.key === 'required' && key.length === 0) return 'Request must include key'
  if (key.length > maxKey && header.opcode !== HELLO) return 'Key length exceeds 250'
  if (command.value === 'none' && value.length > 0) return 'Request must not include value'
  if (command.value === 'required' && value.length === 0) return 'Request must include value'
  if (header.cas !== 0n) return 'Request CAS must be 0'
  return invalidDatatype(command.datatype ?? 'raw', header.datatype, session)
}

/** Its key names the client, and may be long. */
const HELLO = 0x1f

function invalidDatatype(wanted: Command['datatype'], given: number, session: Session): string | undefined {
  if (given > MAX_DATATYPE) return 'Request datatype invalid'
  if ((given & ~datatype.json) !== 0) return 'Datatype is not enabled for the connection'
  if (given === datatype.json && !session.features.has(feature.json)) {
    return 'Datatype JSON is not enabled for the connection'
  }
  if (wanted === 'raw' && given !== datatype.raw) return 'Request datatype must be raw'
  if (wanted === 'json' && given !== datatype.json) return 'Request datatype must be JSON'
  return undefined
}
