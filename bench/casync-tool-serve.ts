import { nodePipes } from '../src-main/engines/casync/exchange/byte-pipes.ts'
import { runCasyncServer } from '../src-main/engines/casync/server/run-casync-server.ts'

const { signal } = new AbortController()

/** Of casync-tool.ts. */
export async function serve(args: readonly string[]): Promise<void> {
  const pipes = nodePipes(process.stdin, process.stdout)
  await runCasyncServer({ args, pipes, folder: process.cwd() }, signal)
  pipes.destroy()
}
