import { Readable } from 'node:stream'
import { ProtocolError } from '../../../src-shared/errors.ts'

/** The body of an answer: as many bytes as were announced, and no more than may be. @throws ProtocolError */
export async function readBody(
  body: unknown,
  {
    name,
    sizeBytes,
    maxBytes,
  }: { readonly name: string; readonly sizeBytes: number | undefined; readonly maxBytes: number },
): Promise<Buffer> {
  if (!(body instanceof Readable)) throw new ProtocolError('S3', 'body', 0, `there is none of ${name}`)
  if (sizeBytes !== undefined && sizeBytes > maxBytes) {
    body.destroy()
    throw new ProtocolError('S3', 'Content-Length', 0, `${sizeBytes} bytes of ${name}, ${maxBytes} at most`)
  }
  // In its place at once: one copy of what is some megabytes.
  const known = sizeBytes === undefined ? undefined : Buffer.allocUnsafeSlow(sizeBytes)
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of body) {
    if (!Buffer.isBuffer(piece)) throw new ProtocolError('S3', 'body', length, 'it is not bytes')
    if (length + piece.length > (sizeBytes ?? maxBytes)) {
      throw new ProtocolError('S3', 'body', length, `there is more of ${name} than ${sizeBytes ?? maxBytes} bytes`)
    }
    if (known === undefined) pieces.push(piece)
    else piece.copy(known, length)
    length += piece.length
  }
  if (known !== undefined && length !== known.length) {
    throw new ProtocolError('S3', 'body', length, `${name} ends before its ${known.length} bytes`)
  }
  return known ?? Buffer.concat(pieces)
}
