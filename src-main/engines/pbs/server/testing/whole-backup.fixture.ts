import { finish, type StoredFile, uploadBlob, uploadDynamic } from './backup-steps.fixture.ts'
import { type Chunk, makeBlob, makeChunk } from './raw-client.fixture.ts'
import { T0, type TestServer } from './server.fixture.ts'

export const hello = makeChunk(Buffer.from('hello world'))
export const abc = makeChunk(Buffer.from('abc'))

export interface WholeBackup {
  readonly time?: number
  readonly id?: string
  readonly chunks?: readonly Chunk[]
  readonly ns?: string
  /** The token that makes it. */
  readonly as?: string
  /** Beside the archive, a configuration as a blob. */
  readonly hasConfiguration?: boolean
}

/** A finished snapshot of `host/elsa` with one archive. */
export async function backUp(
  server: TestServer,
  { time = T0, id = 'elsa', chunks = [hello], ns, as, hasConfiguration = false }: WholeBackup = {},
): Promise<void> {
  const query = { 'backup-time': time, 'backup-id': id, ...(ns === undefined ? {} : { ns }) }
  const connection = await server.backup(query, as)
  const files: StoredFile[] = [await uploadDynamic(connection, 'root.pxar.didx', chunks)]
  const configuration = makeBlob(Buffer.from('answer = 42'), { compressed: true })
  if (hasConfiguration) files.push(await uploadBlob(connection, 'etc.conf.blob', configuration))
  await finish(connection, files, { time, id })
  await server.settled()
}
