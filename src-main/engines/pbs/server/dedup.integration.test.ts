import { expect, test } from 'vitest'
import type { Chunker } from '../../../storage/chunker.ts'
import { DynamicChunker } from '../../../storage/dynamic-chunker.ts'
import { finish, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Chunk, dataOf, makeChunk } from './testing/raw-client.fixture.ts'
import { T0, type TestServer } from './testing/server.fixture.ts'

/** The stream of spec pbs §6.2, and where the reference cuts it with an average of 64 KiB. */
const stream = new Uint8Array(Uint32Array.from({ length: 262_144 }, (_, number) => number).buffer)
const REFERENCE = [143_377, 262_144, 262_144, 262_144, 118_767]

function cutByReference(): readonly Chunk[] {
  let at = 0
  return REFERENCE.map((length) => {
    at += length
    return makeChunk(stream.subarray(at - length, at))
  })
}

function cutByUs(chunker: Chunker): readonly Chunk[] {
  const chunks: Chunk[] = []
  for (let at = 0; at < stream.length; ) {
    chunker.startChunk(BigInt(at))
    const length = chunker.scan(stream.subarray(at), stream.length - at) || stream.length - at
    chunks.push(makeChunk(stream.subarray(at, at + length)))
    at += length
  }
  return chunks
}

async function statsOf(server: TestServer, time: number): Promise<unknown> {
  const query = `backup-type=host&backup-id=elsa&backup-time=${time}&file-name=index.json.blob`
  const { text } = await server.call(`admin/datastore/tank/download-decoded?${query}`)
  return (JSON.parse(text) as { unprotected: { chunk_upload_stats: unknown } }).unprotected.chunk_upload_stats
}

test('row 83: what our chunker makes of a stream that the original has stored is nothing new', async () => {
  const server = await openServer()
  for (const [time, chunks] of [
    [T0, cutByReference()],
    [T0 + 1, cutByUs(new DynamicChunker(65_536))],
  ] as const) {
    const connection = await server.backup({ 'backup-time': time })
    if (time > T0) expect(dataOf(await connection.get('/previous_backup_time'))).toBe(T0)
    await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', chunks)], { time })
    await server.settled()
  }
  expect(await statsOf(server, T0)).toMatchObject({ count: 5, duplicates: 0 })
  expect(await statsOf(server, T0 + 1)).toMatchObject({ count: 5, duplicates: 5 })
})
