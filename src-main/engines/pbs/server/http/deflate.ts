import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { JSON_TYPE, type Outgoing } from './format.ts'

/** Below this, the head of a reply is most of it. */
const LEAST_BYTES = 1024

const compress = promisify(deflate)

/** Compresses a listing for a client that says it can read that (spec pbs §1.4). Archives are compressed already. */
export async function deflateFor(outgoing: Outgoing, acceptEncoding: string | undefined): Promise<Outgoing> {
  const { headers, body } = outgoing
  if (!(body instanceof Uint8Array) || body.length < LEAST_BYTES || headers['content-type'] !== JSON_TYPE)
    return outgoing
  if (!accepts(acceptEncoding ?? '', 'deflate')) return outgoing
  return {
    ...outgoing,
    headers: { ...headers, 'content-encoding': 'deflate', vary: 'accept-encoding' },
    body: await compress(body),
  }
}

/** `gzip, deflate;q=0.5`; what has quality 0 is refused. */
function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((part) => {
    const [name, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
