import type { Command } from 'commander'
import type { StoredGroup } from '../../../../src-shared/contract/groups.ts'
import type { Client } from '../../../../src-shared/contract/index.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { RepositoryId } from '../../../../src-shared/model/ids.ts'
import { resolveRepository } from '../resolve.ts'
import { type GlobalOptions, type Session, withSession } from '../session.ts'

interface Flags {
  readonly repository?: string
}

/** Groups of snapshots as a whole, and the namespaces they are in. */
export function addGroupCommands(program: Command): void {
  const run = async (
    command: Command,
    { repository }: Flags,
    work: (session: Session, repositoryId: RepositoryId) => Promise<void>,
  ) =>
    withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
      await work(session, (await resolveRepository(session.client, repository)).id)
    })
  const inRepository = (command: Command) => command.option('-r, --repository <repository>', 'name or address')

  const group = program.command('group').description('owner and note of the groups in a repository')
  inRepository(group.command('list').description('all groups with owner and note')).action(
    (flags: Flags, command: Command) =>
      run(command, flags, async ({ client, output }, repositoryId) => {
        output.table(
          (await client.groups.list({ repositoryId })).groups,
          {
            group: nameOf,
            owner: ({ owner }) => owner ?? '',
            note: ({ notes }) => notes.split('\n', 1)[0] ?? '',
          },
          'No groups yet.',
        )
      }),
  )
  inRepository(group.command('owner'))
    .description('hand a group over, to an account or a token')
    .argument('<group>', 'such as host/desk, or team:host/desk')
    .argument('<owner>', 'such as maren@pbs or maren@pbs!desk')
    .action((name: string, owner: string, flags: Flags, command: Command) =>
      run(command, flags, async ({ client, output }, repositoryId) => {
        const found = await findGroup(client, repositoryId, name)
        await client.groups.setOwner({ repositoryId, group: found, owner })
        output.result({ ...found, owner }, `${name} belongs to ${owner}.`)
      }),
    )
  inRepository(group.command('note').description('write the note of a group; an empty text takes it away'))
    .argument('<group>', 'such as host/desk')
    .argument('<text>', 'the note')
    .action((name: string, notes: string, flags: Flags, command: Command) =>
      run(command, flags, async ({ client, output }, repositoryId) => {
        const found = await findGroup(client, repositoryId, name)
        await client.groups.setNotes({ repositoryId, group: found, notes })
        output.result({ ...found, notes }, `Noted for ${name}.`)
      }),
    )

  const namespace = program.command('namespace').description('namespaces of a repository')
  inRepository(namespace.command('list').description('all namespaces; the root has no name')).action(
    (flags: Flags, command: Command) =>
      run(command, flags, async ({ client, output }, repositoryId) => {
        const { namespaces } = await client.groups.list({ repositoryId })
        output.result(namespaces, namespaces.filter((each) => each !== '').join('\n'))
      }),
  )
  for (const what of ['create', 'remove'] as const) {
    const does = what === 'create' ? 'make a namespace' : 'remove a namespace that is empty'
    inRepository(namespace.command(what).description(does))
      .argument('<namespace>', what === 'create' ? 'the one above it has to be there' : 'an empty one')
      .action((name: string, flags: Flags, command: Command) =>
        run(command, flags, async ({ client, output }, repositoryId) => {
          const wish = { repositoryId, namespace: name }
          await (what === 'create' ? client.groups.createNamespace(wish) : client.groups.removeNamespace(wish))
          output.result(wish, what === 'create' ? `There is a namespace ${name}.` : `${name} is gone.`)
        }),
      )
  }
}

function nameOf({ namespace, type, backupId }: StoredGroup): string {
  return `${namespace === '' ? '' : `${namespace}:`}${type}/${backupId}`
}

async function findGroup(client: Client, repositoryId: RepositoryId, name: string): Promise<StoredGroup> {
  const found = (await client.groups.list({ repositoryId })).groups.find((each) => nameOf(each) === name)
  if (found !== undefined) return found
  throw new HoldfastError('path/not-found', { detail: name, hint: '`holdfast group list` lists them.' })
}
