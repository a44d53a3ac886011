import type { Socket } from 'node:net'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'
import { toByteInput } from '../wire/byte-input.ts'
import { MAX_DATATYPE } from '../wire/datatype.ts'
import { decodeFrameInfos } from '../wire/frame-info.ts'
import { FORMAT, type Header, magic } from '../wire/header.ts'
import { opcode } from '../wire/opcode.ts'
import { splitBody } from '../wire/packet.ts'
import { PacketReader } from '../wire/packet-reader.ts'
import { status } from '../wire/status.ts'
import { runCommand } from './command.ts'
import { commands } from './commands.ts'
import type { ServerContext } from './server-context.ts'
import type { Session } from './session.ts'

/** Frames of strangers, and of those who have logged in (spec couchbase §2.4). */
const MAX_FRAME_BEFORE_LOGIN = 16 << 10
const MAX_FRAME = 30 << 20

/** Serves one connection, a command at a time, until it ends. What breaks the protocol ends it. */
export async function serveConnection(
  socket: Socket,
  { session, context, signal }: { session: Session; context: ServerContext; signal: AbortSignal },
): Promise<void> {
  const reader = new PacketReader(toByteInput(socket))
  try {
    for (;;) {
      const limit = session.user ? MAX_FRAME : MAX_FRAME_BEFORE_LOGIN
      const header = await reader.header(limit)
      if (header === undefined || signal.aborted) return
      requireRequest(header)
      const packet = splitBody(header, await reader.body(header.bodyLength, limit))
      const infos = decodeFrameInfos(packet.framingExtras)
      if (header.opcode === opcode.quit) {
        await session.answer(packet)
        return
      }
      if (infos.length > 0) await session.refuse(packet, status.unknownFrameInfo)
      else if (header.datatype > MAX_DATATYPE) {
        await session.refuse(packet, status.einval, 'Request datatype invalid')
      } else {
        await runCommand(commands.get(header.opcode), { session, packet, context, signal })
      }
    }
  } catch (error) {
    if (!signal.aborted && !isGone(error)) context.emit({ type: 'failed', session, error })
  } finally {
    socket.destroy()
  }
}

function requireRequest(header: Header): void {
  if (header.magic === magic.request || header.magic === magic.flexRequest) return
  throw new ProtocolError(FORMAT, 'magic', 0, 'it is not that of a request')
}

/** The other side went away, which it may. */
function isGone(error: unknown): boolean {
  const code = errorCode(error)
  return (
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    code === 'ERR_STREAM_DESTROYED'
  )
}
