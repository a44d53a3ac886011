import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { time } from '../format.ts'
import { type GlobalOptions, withSession } from '../session.ts'

/** Encryption keys, in the file format of Proxmox Backup. */
export function addKeyCommands(program: Command): void {
  const keys = program.command('key').description('encryption keys; the passphrase comes from PBS_ENCRYPTION_PASSWORD')

  keys
    .command('create')
    .argument('<name>')
    .option('--file <file>', 'also write the key file there, for your safe')
    .action((name: string, flags: { file?: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const passphrase = process.env.PBS_ENCRYPTION_PASSWORD
        const key = await client.keys.create({ name, ...(passphrase ? { passphrase } : {}) })
        if (flags.file !== undefined) {
          const { keyFile } = await client.keys.sheet({ id: key.id })
          await writeFile(flags.file, keyFile, { mode: 0o600, flag: 'wx' })
        }
        output.result(
          key,
          `Key ${key.name}, fingerprint ${key.fingerprint}.${flags.file === undefined ? ` Print its recovery sheet: holdfast key paper ${key.name}` : ''}`,
        )
      }),
    )

  keys.command('info').action((_flags: unknown, command: Command) =>
    withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
      output.table(
        await client.keys.list(),
        {
          name: ({ name }) => name,
          fingerprint: ({ fingerprint }) => fingerprint.slice(0, 23),
          created: ({ createdAt }) => time(createdAt),
          'recovery sheet': ({ sheetSavedAt }) => (sheetSavedAt === undefined ? 'not saved' : time(sheetSavedAt)),
        },
        'No keys yet.',
      )
    }),
  )

  keys
    .command('paper')
    .description('the recovery sheet, to print')
    .argument('<name>')
    .action((name: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const key = (await client.keys.list()).find((candidate) => candidate.name === name || candidate.id === name)
        if (!key) throw new HoldfastError('key/missing', { hint: '`holdfast key info` lists the keys.' })
        const sheet = await client.keys.sheet({ id: key.id })
        output.result(sheet, sheet.text)
      }),
    )
}
