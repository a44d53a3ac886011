import { Command, CommanderError, Help } from 'commander'
import { createBugLog } from '../../app/bug-log.ts'
import { errorCode } from '../../os/system-error.ts'
import { defaultDataDirectory } from '../node/data-directory.ts'
import { packageVersion } from '../node/node-host.ts'
import { commandAreas } from './command-areas.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { describeFailure, isInterrupt } from './failure.ts'
import { exitCodes } from './output.ts'
import type { GlobalOptions } from './session.ts'

const moreHelp = `
Exit codes: 0 only on full success, 3 with warnings, 1 on error, 130 when interrupted.
Passwords come from the environment only; each command says from which variable.
HOLDFAST_PASSPHRASE opens the passwords and keys that are kept in the data directory.
`

/** Reads the command line, runs the command, and ends the process with its exit code. */
export async function runCommandLine(): Promise<never> {
  // Who stops reading, as `head` does, has read enough; what was begun goes on to its end.
  process.stdout.on('error', (error) => {
    if (errorCode(error) !== 'EPIPE') throw error
  })
  const program = createProgram()
  const failed = { in: program.name() }
  try {
    await addCommands(program)
    throwInsteadOfExit(program, failed)
    await program.parseAsync()
  } catch (error) {
    const dataDirectory = program.opts<GlobalOptions>().data ?? defaultDataDirectory()
    if (!isHelp(error)) report(error, { command: failed.in, dataDirectory })
  }
  // Whatever a library keeps open must not hold the shell: the app is closed by now.
  process.exit(process.exitCode ?? exitCodes.success)
}

function createProgram(): Command {
  const usual = new Help()
  return new Command('holdfast')
    .description('Backups you can browse: protect folders, look through snapshots, bring files back.')
    .version(packageVersion())
    .option('--json', 'print results and failures as JSON, one document a line')
    .option('--data <folder>', 'data directory (also HOLDFAST_DATA)')
    .addHelpText('after', moreHelp)
    .configureHelp({
      showGlobalOptions: true,
      // Nothing is no value worth telling.
      optionDescription: (option) =>
        Array.isArray(option.defaultValue) || option.defaultValue === ''
          ? option.description
          : usual.optionDescription(option),
      argumentDescription: (argument) =>
        argument.defaultValue === '' ? argument.description : usual.argumentDescription(argument),
    })
}

/** Those of the word that was typed; without one that is known, as for help and completion, all there are. */
async function addCommands(program: Command): Promise<void> {
  const [name = ''] = program.parseOptions(process.argv.slice(2)).operands
  const named = commandAreas.filter(({ names }) => names.includes(name))
  for (const { load } of named.length > 0 ? named : commandAreas) {
    const add = await load()
    add(program)
  }
  addCompletionCommand(program)
}

/** Words that cannot be understood are a failure like any other: told in the same way, and as JSON where that was asked for. */
function throwInsteadOfExit(command: Command, failed: { in: string }, path: string = command.name()): void {
  command.configureOutput({
    outputError: () => {}, // `report` tells
    writeErr: (text) => void (isJson() || process.stderr.write(text)),
  })
  command.exitOverride((error) => {
    failed.in = path
    throw error
  })
  command.hook('preAction', () => {
    failed.in = path
  })
  for (const sub of command.commands) throwInsteadOfExit(sub, failed, `${path} ${sub.name()}`)
}

/** Asked for and printed: that went well. */
function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0
}

/** Not by the parsed options: it may be these that could not be parsed. */
function isJson(): boolean {
  return process.argv.includes('--json')
}

function report(error: unknown, { command, dataDirectory }: { command: string; dataDirectory: string }): void {
  process.exitCode = isInterrupt(error) ? exitCodes.interrupted : exitCodes.error
  const failure = describeFailure(error, { command, bugs: createBugLog(dataDirectory, Date.now) })
  if (isJson()) process.stdout.write(`${JSON.stringify({ error: failure })}\n`)
  // A group of commands without one of them: their list is there already.
  else if (!(error instanceof CommanderError && error.code === 'commander.help'))
    process.stderr.write(`${[failure.message, failure.hint].filter(Boolean).join('\n')}\n`)
}
