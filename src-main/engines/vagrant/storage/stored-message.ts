import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { failure } from '../wire/failure.ts'

/**
 * What one stored message may take. Well below the 4 MiB that a record of a snapshot may have (section 14.3), so that nothing is
 * stored that could not be restored.
 */
const maximumMessageBytes = 2 * 1024 * 1024

/** The bytes of a message, unknown fields included. Throws RESOURCE_EXHAUSTED when it is too large to be kept. */
export function storedBytes<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  const bytes = toBinary(schema, message)
  if (bytes.length > maximumMessageBytes) {
    throw failure(
      'resource-exhausted',
      `${schema.name} has ${bytes.length} bytes, at most ${maximumMessageBytes} are kept`,
    )
  }
  return bytes
}

/** Reads a `message` column; `undefined` where there was no row. */
export function storedMessage<Desc extends DescMessage>(schema: Desc, column: unknown): MessageShape<Desc> | undefined {
  if (column === undefined) return undefined
  if (!(column instanceof Uint8Array)) throw damaged(schema)
  try {
    // SQLite gives a Buffer, and bytes fields would become Buffers too.
    return fromBinary(schema, new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  } catch (cause) {
    throw damaged(schema, cause)
  }
}

/** All rows of a statement that plucks `message`. */
export function storedMessages<Desc extends DescMessage>(
  schema: Desc,
  columns: readonly unknown[],
): MessageShape<Desc>[] {
  return columns.flatMap((column) => storedMessage(schema, column) ?? [])
}

function damaged(schema: DescMessage, cause?: unknown): HoldfastError {
  return new HoldfastError('catalog/corrupt', { detail: `A stored ${schema.name} cannot be read.`, cause })
}
