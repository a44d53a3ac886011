import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { PullSession } from '../src-main/engines/casync/client/pull-session.ts'
import { startProgram } from '../src-main/engines/casync/client/remote-program.ts'
import { SshStore } from '../src-main/engines/casync/client/ssh-store.ts'
import { CasyncIndex } from '../src-main/engines/casync/index/casync-index.ts'
import { readIndexed } from '../src-main/engines/casync/operations/read-indexed.ts'

const { signal } = new AbortController()
const tool = fileURLToPath(import.meta.url).replace('-pull.', '.')

/** Of casync-tool.ts. */
export async function pull(index: string, store: string): Promise<void> {
  const serve = (...args: string[]) => startProgram(process.execPath, [tool, 'serve', 'pull', '-', '-', ...args])
  const program = serve(index, '-')
  const session = await PullSession.open(program.pipes, { index: true }, {}, signal)
  const parsed = CasyncIndex.parse(Buffer.concat(await Array.fromAsync(session.index())))
  await session.close()
  await program.close()
  const remote = new SshStore(() => serve('-', store), {}, signal)
  const hash = createHash('sha512-256')
  for await (const piece of readIndexed(parsed, remote, { freesPieces: true }, signal)) hash.update(piece)
  await remote.close()
  console.log(hash.digest('hex'))
}
