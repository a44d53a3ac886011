import { open, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Client } from '../../../../src-shared/contract/index.ts'
import type { EncryptionKey } from '../../../../src-shared/contract/keys.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { readSecret } from '../../../engines/pbs/client/address/secret-source.ts'
import { drawQr } from '../draw-qr.ts'
import { time } from '../format.ts'
import { readKeyText } from '../read-key-text.ts'
import { type GlobalOptions, withSession } from '../session.ts'
import { addMasterKeyCommands } from './master-keys.ts'

/** Encryption keys, in the file format of Proxmox Backup. */
export function addKeyCommands(program: Command): void {
  const keys = program.command('key').description('encryption keys; the passphrase comes from PBS_ENCRYPTION_PASSWORD')

  addMasterKeyCommands(keys)

  keys
    .command('create')
    .description('make a key and keep it on this computer; print its recovery sheet')
    .argument('<name>', 'how it is called')
    .option('--file <file>', 'also write the key file there, for your safe')
    .action((name: string, flags: { file?: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const passphrase = readSecret(process.env, 'PBS_ENCRYPTION_PASSWORD')
        // First, so that no key is left behind whose file could not be made.
        const file = flags.file === undefined ? undefined : await open(flags.file, 'wx', 0o600)
        let key: EncryptionKey
        try {
          key = await client.keys.create({ name, ...(passphrase ? { passphrase } : {}) })
          if (file !== undefined) {
            await file.writeFile((await client.keys.sheet({ id: key.id })).keyFile)
            await file.sync()
          }
        } catch (error) {
          if (flags.file !== undefined) await rm(flags.file, { force: true })
          throw error
        } finally {
          await file?.close()
        }
        output.result(
          key,
          `Key ${key.name}, fingerprint ${key.fingerprint}.${flags.file === undefined ? ` Print its recovery sheet: holdfast key paper ${key.name}` : ''}`,
        )
      }),
    )

  keys
    .command('import')
    .description('take in a key file, or what a recovery sheet holds between its lines')
    .argument('<file>', 'key file or recovery sheet')
    .option('--name <name>', 'how it is called; the name of the file when left out')
    .action((file: string, flags: { name?: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const passphrase = readSecret(process.env, 'PBS_ENCRYPTION_PASSWORD')
        const text = await readKeyText(file)
        const name = flags.name ?? basename(file)
        const key = await client.keys.import({ name, text, ...(passphrase ? { passphrase } : {}) })
        output.result(key, `Key ${key.name}, fingerprint ${key.fingerprint}.`)
      }),
    )

  keys
    .command('change-passphrase')
    .description('to PBS_NEW_ENCRYPTION_PASSWORD, or with --none to no passphrase at all')
    .argument('<name>', 'name or id')
    .option('--none', 'the key file can be used by whoever has it')
    .action((name: string, flags: { none?: boolean }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const passphrase = process.env.PBS_NEW_ENCRYPTION_PASSWORD
        if (!passphrase && !flags.none) {
          throw new HoldfastError('input/invalid', {
            detail: 'There is no passphrase.',
            hint: 'Put the new one into the environment as PBS_NEW_ENCRYPTION_PASSWORD, or say --none.',
          })
        }
        const { id } = await findKey(client, name)
        const key = await client.keys.changePassphrase({ id, ...(passphrase && !flags.none ? { passphrase } : {}) })
        output.result(key, `Changed. Print its recovery sheet anew: holdfast key paper ${key.name}`)
      }),
    )

  keys
    .command('info')
    .description('the keys of this computer')
    .action((_flags: unknown, command: Command) =>
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
    .argument('<name>', 'name or id')
    .action((name: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const sheet = await client.keys.sheet({ id: (await findKey(client, name)).id })
        output.result(sheet, `${sheet.text}\n${drawQr(sheet.keyFile)}`)
      }),
    )
}

async function findKey(client: Client, named: string): Promise<EncryptionKey> {
  const key = (await client.keys.list()).find(({ name, id }) => name === named || id === named)
  if (key === undefined) throw new HoldfastError('key/missing', { hint: '`holdfast key info` lists the keys.' })
  return key
}
