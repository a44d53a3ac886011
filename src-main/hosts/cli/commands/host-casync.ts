import { homedir } from 'node:os'
import type { Command } from 'commander'
import { nodePipes } from '../../../engines/casync/exchange/byte-pipes.ts'
import { runCasyncServer } from '../../../engines/casync/server/run-casync-server.ts'
import { exitCodes } from '../output.ts'

/**
 * `holdfast host casync pull|push …`: stands in for `casync` at the far end of ssh, with
 * `CASYNC_REMOTE_PATH="holdfast host casync"` on the near one. Speaks the protocol on standard input and output.
 */
export function addHostCasyncCommand(host: Command): void {
  const collect = (value: string, previous: readonly string[]) => [...previous, value]
  host
    .command('casync')
    .description('stand in for casync at the far end of ssh: CASYNC_REMOTE_PATH="holdfast host casync"')
    .option('--only <folder>', 'read and write nothing outside of this folder; repeatable', collect, [])
    .argument('[words...]', 'what casync sends: pull|push BASE ARCHIVE INDEX STORE…')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: readonly string[], { only }: { only: readonly string[] }) => {
      const ending = new AbortController()
      const end = () => ending.abort()
      process.once('SIGINT', end)
      process.once('SIGTERM', end)
      const pipes = nodePipes(process.stdin, process.stdout)
      try {
        const options = {
          args: words,
          pipes,
          folder: homedir(),
          chunkSuffix: process.env.CASYNC_COMPRESSED_CHUNK_SUFFIX,
        }
        await runCasyncServer(only.length === 0 ? options : { ...options, allowedFolders: only }, ending.signal)
      } catch (error) {
        // Standard output is the protocol's; ssh carries this line to the person at the other end.
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
        process.exitCode = ending.signal.aborted ? exitCodes.interrupted : exitCodes.error
      }
      pipes.destroy()
    })
}
