import { writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.fixture.ts'
import { openServedFile } from './open-served-file.ts'
import { sendFilePart } from './send-file-part.ts'
import { SocketOutput } from './socket-output.ts'

const folder = temporaryFolder()

/** Two failures at once: only one can be thrown, and the other must not end the process. */
test('21: a peer that is gone while the server stops, or while a file proves too short, is one failure', async () => {
  await writeFile(path.join(folder(), 'short'), 'abc')
  const file = await openServedFile(folder(), 'short')
  if (file === undefined) throw new Error('it is there')
  const socket = new net.Socket().destroy()
  socket.on('error', () => undefined)
  const part = { offset: 0n, fileBytes: 10, checksumLength: 0, header: Buffer.alloc(24) }
  try {
    for (const signal of [AbortSignal.abort(new Error('the server stops')), new AbortController().signal]) {
      await expect(sendFilePart(file, { ...part, output: new SocketOutput(socket), signal })).rejects.toThrow()
    }
    await new Promise((resolve) => setImmediate(resolve)) // what nobody has heard of would be thrown by now
  } finally {
    await file.close()
  }
})
