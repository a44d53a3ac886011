import { Command } from 'commander'
import { addHostCasyncCommand } from './commands/host-casync.ts'

/** `holdfast host casync` alone: ssh starts it for every connection, so it comes without the rest of the program. */
export async function runHostCasync(): Promise<never> {
  const program = new Command('holdfast')
  const host = program.command('host')
  host.enablePositionalOptions()
  addHostCasyncCommand(host)
  await program.parseAsync()
  process.exit(process.exitCode)
}
