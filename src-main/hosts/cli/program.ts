import { ORPCError } from '@orpc/server'
import { Command } from 'commander'
import { ZodError } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { errorCode } from '../../os/system-error.ts'
import { packageVersion } from '../node/node-host.ts'
import { addAccountCommands } from './commands/accounts.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addBackupCommand } from './commands/backup.ts'
import { addCasyncCommands } from './commands/casync.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { addCopyCommand } from './commands/copy.ts'
import { addCouchbaseCommands } from './commands/couchbase.ts'
import { addDatabaseCommands } from './commands/database.ts'
import { addGroupCommands } from './commands/groups.ts'
import { addHistoryCommands } from './commands/history.ts'
import { addHostCommands } from './commands/host.ts'
import { addJobCommands } from './commands/jobs.ts'
import { addKeyCommands } from './commands/keys.ts'
import { addPlanCommands } from './commands/plans.ts'
import { addRemoteCommands } from './commands/remote.ts'
import { addRepositoryCommands } from './commands/repositories.ts'
import { addRestoreCommand } from './commands/restore.ts'
import { addRunnerCommand } from './commands/runner.ts'
import { addServeCommand } from './commands/serve.ts'
import { addServiceCommands } from './commands/service.ts'
import { addSnapshotCommands } from './commands/snapshots.ts'
import { addTaskCommand } from './commands/tasks.ts'
import { exitCodes } from './output.ts'

/** Reads the command line, runs the command, and ends the process with its exit code. */
export async function runCommandLine(): Promise<never> {
  // Who stops reading, as `head` does, has read enough; what was begun goes on to its end.
  process.stdout.on('error', (error) => {
    if (errorCode(error) !== 'EPIPE') throw error
  })
  const program = createProgram()
  try {
    await program.parseAsync()
  } catch (error) {
    report(error, program.opts<{ json?: boolean }>().json ?? false)
  }
  // Whatever a library keeps open must not hold the shell: the app is closed by now.
  process.exit(process.exitCode ?? exitCodes.success)
}

function createProgram(): Command {
  const program = new Command('holdfast')
    .description('Backups you can browse: protect folders, look through snapshots, bring files back.')
    .version(packageVersion())
    .option('--json', 'print results as JSON, one document a line')
    .option('--data <folder>', 'data directory (also HOLDFAST_DATA)')
    .showHelpAfterError('(holdfast --help lists the commands)')

  addBackupCommand(program)
  addSnapshotCommands(program)
  addRestoreCommand(program)
  addDatabaseCommands(program)
  addRepositoryCommands(program)
  addCopyCommand(program)
  addHistoryCommands(program)
  addCasyncCommands(program)
  addPlanCommands(program)
  addJobCommands(program)
  addGroupCommands(program)
  addKeyCommands(program)
  addTaskCommand(program)
  addServeCommand(program)
  addServiceCommands(program)
  addHostCommands(program)
  addRunnerCommand(program)
  addRemoteCommands(program)
  addCouchbaseCommands(program)
  addAccountCommands(program)
  addAuditCommands(program)
  addCompletionCommand(program)
  return program
}

/** Prints a failure as a person, or a program, can use it. A bug keeps its stack. */
function report(error: unknown, isJson: boolean): void {
  process.exitCode = isInterrupt(error) ? exitCodes.interrupted : exitCodes.error
  const { code, message, hint } = describe(error)
  if (isJson) process.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`)
  else process.stderr.write(`${[message, hint].filter(Boolean).join('\n')}\n`)
}

const isInterrupt = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

function describe(error: unknown): { code: string; message: string; hint?: string | undefined } {
  if (error instanceof HoldfastError) return { code: error.code, message: error.message, hint: error.hint }
  if (error instanceof ORPCError) {
    const data: unknown = error.data
    const hint =
      typeof data === 'object' && data !== null && 'hint' in data && typeof data.hint === 'string'
        ? data.hint
        : undefined
    return { code: String(error.code), message: error.message, hint }
  }
  if (error instanceof ZodError)
    return {
      code: 'input/invalid',
      message: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
    }
  if (isInterrupt(error)) return { code: 'job/cancelled', message: 'Interrupted: what was not finished is left out.' }
  return { code: 'internal', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
