import { execFile } from 'node:child_process'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { defaultDataDirectory } from '../../node/data-directory.ts'
import { type ServicePlan, servicePlan } from '../../node/service-files.ts'
import { readLoopback } from '../loopback-address.ts'
import { Output } from '../output.ts'
import type { GlobalOptions } from '../session.ts'

const run = promisify(execFile)

interface ServiceFlags {
  readonly listen: string
}

/** Holdfast as a service: plans run without anybody being logged in. */
export function addServiceCommands(program: Command): void {
  const service = program.command('service').description('run the schedule without anybody being logged in')
  const listen = ['--listen <address:port>', 'loopback address of its window', '127.0.0.1:4710'] as const

  service
    .command('install')
    .description("start it now and with the computer, by the system's own service manager")
    .option(...listen)
    .action(async (flags: ServiceFlags, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const plan = planFor(options, flags)
      for (const { path, text } of plan.files) {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(`${path}.tmp`, text, { mode: 0o644 })
        await rename(`${path}.tmp`, path)
      }
      await runAll(plan.install)
      new Output(options.json ?? false).result(
        { installed: plan.files.map(({ path }) => path), logs: plan.logs },
        `Holdfast runs as a service. The one-time address of its window is in its log: ${plan.logs}`,
      )
    })

  service
    .command('remove')
    .description('stop it, and start it no more')
    .action(async (_flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const plan = planFor(options, { listen: listen[2] })
      await runAll(plan.remove)
      for (const { path } of plan.files) await rm(path, { force: true })
      new Output(options.json ?? false).result({ removed: true }, 'The service is gone. Plans and snapshots stay.')
    })

  service
    .command('print')
    .description('what install would write and run, without doing it')
    .option(...listen)
    .action((flags: ServiceFlags, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const plan = planFor(options, flags)
      const text = [
        ...plan.files.map(({ path, text: content }) => `# ${path}\n${content}`),
        ...plan.install.map((words) => words.join(' ')),
      ].join('\n')
      new Output(options.json ?? false).result(plan, text)
    })
}

function planFor(options: GlobalOptions, { listen }: ServiceFlags): ServicePlan {
  readLoopback(listen) // a service that cannot start would be started again and again
  const script = process.argv[1]
  const plan = servicePlan({
    platform: process.platform,
    isPrivileged: process.geteuid?.() === 0,
    user: userInfo().username,
    home: homedir(),
    command: [process.execPath, ...(script === undefined ? [] : [resolve(script)]), 'serve', '--listen', listen],
    dataDirectory: resolve(options.data ?? defaultDataDirectory()),
  })
  if (plan === undefined) throw new HoldfastError('service/unsupported')
  return plan
}

async function runAll(commands: ServicePlan['install']): Promise<void> {
  for (const [program, ...args] of commands) {
    try {
      await run(program, args, { windowsHide: true })
    } catch (cause) {
      const said = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim() : ''
      throw new HoldfastError('service/unsupported', {
        detail: said.split('\n')[0] ?? '',
        hint: 'holdfast service print shows what was tried.',
        cause,
      })
    }
  }
}
