import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { MasterPublicKey } from '../../../../src-shared/model/repository.ts'
import { numberedLines, paperBlockLines, paperBlocks } from '../../../../src-shared/paper-blocks.ts'
import { drawQr } from '../draw-qr.ts'
import { readKeyText } from '../read-key-text.ts'
import { resolveRepository, resolveSnapshot } from '../resolve.ts'
import { type GlobalOptions, withSession } from '../session.ts'

/** As the original names them. */
const PUBLIC_FILE = 'master-public.pem'
const PRIVATE_FILE = 'master-private.pem'
/** A page of its own for each block: the printer takes it as such. */
const PAGE_BREAK = '\f'

/** Master keys: who has the private one opens snapshots whose key is lost. */
export function addMasterKeyCommands(keys: Command): void {
  const master = keys
    .command('master')
    .description(
      'the RSA key that opens snapshots whose key is lost; its passphrase comes from HOLDFAST_MASTER_PASSWORD',
    )

  master
    .command('create')
    .description(`make a pair as ${PUBLIC_FILE} and ${PRIVATE_FILE}; put the private one away, not on this computer`)
    .argument('[folder]', 'where to', '.')
    .action((folder: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const passphrase = process.env.HOLDFAST_MASTER_PASSWORD
        if (!passphrase) {
          throw new HoldfastError('input/invalid', {
            detail: 'There is no passphrase.',
            hint: 'Put it into the environment as HOLDFAST_MASTER_PASSWORD.',
          })
        }
        const { privateKey, ...facts } = await client.masterKeys.create({ passphrase })
        await writeFile(join(folder, PRIVATE_FILE), privateKey, { mode: 0o600, flag: 'wx' })
        await writeFile(join(folder, PUBLIC_FILE), facts.publicKey, { flag: 'wx' })
        output.result(
          facts,
          `${describe(facts)}\nUse it: holdfast key master import ${join(folder, PUBLIC_FILE)} -r <repository>`,
        )
      }),
    )

  master
    .command('import')
    .description('each encrypted snapshot of the repository stores its key for this public key from here on')
    .argument('<public key>', 'file in PEM')
    .option('-r, --repository <repository>', 'name or address')
    .action((file: string, flags: { repository?: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const { id } = await resolveRepository(client, flags.repository)
        const changed = await client.masterKeys.use({ repositoryId: id, text: await readKeyText(file) })
        output.result(changed, `${changed.name}: ${changed.masterKey ? describe(changed.masterKey) : ''}`)
      }),
    )

  master
    .command('show')
    .description('the master key of a repository, or that in a file')
    .argument('[public key]', 'file in PEM')
    .option('-r, --repository <repository>', 'name or address')
    .action((file: string | undefined, flags: { repository?: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const facts =
          file === undefined
            ? (await resolveRepository(client, flags.repository)).masterKey
            : await client.masterKeys.inspect({ text: await readKeyText(file) })
        if (facts === undefined) {
          throw new HoldfastError('key/missing', {
            detail: 'The repository has no master key.',
            hint: '`holdfast key master import <public key>` gives it one.',
          })
        }
        output.result(facts, `${describe(facts)}\n${facts.publicKey.trimEnd()}`)
      }),
    )

  master
    .command('remove')
    .description('new snapshots of the repository store their key for nobody; those that are there stay as they are')
    .option('-r, --repository <repository>', 'name or address')
    .action((flags: { repository?: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const { id } = await resolveRepository(client, flags.repository)
        const changed = await client.masterKeys.use({ repositoryId: id })
        output.result(changed, `${changed.name} has no master key.`)
      }),
    )

  master
    .command('recover')
    .description('bring back keys that are lost, out of the snapshots of a repository')
    .argument('<private key>', 'file in PEM')
    .option('-r, --repository <repository>', 'name or address')
    .option('--snapshot <snapshot>', 'only the key of this one')
    .action((file: string, flags: { repository?: string; snapshot?: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const repository = await resolveRepository(client, flags.repository)
        const snapshot = flags.snapshot && (await resolveSnapshot(client, flags.snapshot, repository))
        const passphrase = process.env.HOLDFAST_MASTER_PASSWORD
        const recovered = await client.masterKeys.recover({
          repositoryId: repository.id,
          privateKey: await readKeyText(file),
          ...(snapshot ? { snapshotId: snapshot.id } : {}),
          ...(passphrase ? { passphrase } : {}),
        })
        const lines = recovered.map(({ name, fingerprint }) => `Key ${name}, fingerprint ${fingerprint}, is back.`)
        output.result(recovered, lines.join('\n') || 'No key is missing.')
      }),
    )

  master
    .command('paper')
    .description('the private key to print: lines and QR codes, a page for each part')
    .argument('<private key>', 'file in PEM')
    .action((file: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ output }) => {
        const text = await readKeyText(file)
        if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----\n/.test(text)) {
          throw new HoldfastError('key/invalid', { detail: 'This is no private key in PEM.' })
        }
        const blocks = paperBlocks(text, paperBlockLines.terminal)
        const pages = blocks.map((block) => `${numberedLines(block)}\n\n${drawQr(block.lines.join('\n'))}\n`)
        output.result(blocks, pages.join(PAGE_BREAK))
      }),
    )
}

function describe({ bits, fingerprint }: MasterPublicKey): string {
  return `Master key of ${bits} bits, fingerprint ${fingerprint}.`
}
