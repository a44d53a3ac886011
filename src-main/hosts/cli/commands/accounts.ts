import { Argument, type Command } from 'commander'
import type { z } from 'zod'
import { accountRole } from '../../../../src-shared/contract/accounts.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type GlobalOptions, type Session, withSession } from '../session.ts'

/** Who may use the Proxmox Backup server of this computer. A running server sees each change at once. */
export function addAccountCommands(program: Command): void {
  const run = (command: Command, work: (session: Session) => Promise<void>) =>
    withSession(command.optsWithGlobals<GlobalOptions>(), work)
  const accounts = program
    .command('account')
    .description('accounts of the Proxmox Backup server; passwords come from HOLDFAST_ACCOUNT_PASSWORD')

  accounts
    .command('list')
    .description('users and tokens, and what each may do')
    .action((_flags: unknown, command: Command) =>
      run(command, async ({ client, output }) => {
        const { users, tokens, rights } = await client.accounts.list()
        const rightsOf = (id: string) =>
          rights.filter(({ authId }) => authId === id).map(({ role, path }) => `${role} at ${path}`)
        output.table(
          [...users.map(({ userId }) => userId), ...tokens.map(({ authId }) => authId)],
          { name: (id) => id, rights: (id) => rightsOf(id).join(', ') },
          'No accounts yet: `holdfast account add name@pbs`.',
        )
      }),
    )

  accounts
    .command('add')
    .description('make a user, who may do nothing yet')
    .argument('<user>', 'name@pbs')
    .action((userId: string, _flags: unknown, command: Command) =>
      run(command, async ({ client, output }) => {
        await client.accounts.addUser({ userId, password: readPassword() })
        output.result(
          { userId },
          `${userId} can log in. It may do nothing until it gets a role: holdfast account grant.`,
        )
      }),
    )

  accounts
    .command('token')
    .description('make a token; its secret is shown this once')
    .argument('<token>', 'name@pbs!token')
    .action((authId: string, _flags: unknown, command: Command) =>
      run(command, async ({ client, output }) => {
        const { secret } = await client.accounts.addToken({ authId })
        output.result({ authId, secret }, secret)
      }),
    )

  accounts
    .command('remove')
    .description('remove a user with all tokens, or one token')
    .argument('<user-or-token>', 'name@pbs or name@pbs!token')
    .action((authId: string, _flags: unknown, command: Command) =>
      run(command, async ({ client, output }) => {
        if (authId.includes('!')) await client.accounts.removeToken({ authId })
        else await client.accounts.removeUser({ userId: authId })
        output.result({ authId }, `Removed ${authId}.`)
      }),
    )

  for (const verb of ['grant', 'revoke'] as const) {
    accounts
      .command(verb)
      .description(verb === 'grant' ? 'give a user or token a role' : 'take a role away')
      .argument('<user-or-token>', 'name@pbs or name@pbs!token')
      .addArgument(new Argument('<role>', 'what may be done').choices(accountRole.options))
      .argument('[path]', '/ or /datastore/<name>', '/')
      .action((authId: string, role: z.infer<typeof accountRole>, path: string, _flags: unknown, command: Command) =>
        run(command, async ({ client, output }) => {
          const right = { authId, role, path }
          await client.accounts[verb](right)
          output.result(right, verb === 'grant' ? `${authId} is ${role} at ${path}.` : `No longer: ${role} at ${path}.`)
        }),
      )
  }
}

function readPassword(): string {
  const password = process.env.HOLDFAST_ACCOUNT_PASSWORD
  if (password !== undefined) return password
  throw new HoldfastError('input/invalid', {
    detail: 'There is no password.',
    hint: 'Put it into the environment as HOLDFAST_ACCOUNT_PASSWORD; arguments can be seen by everybody.',
  })
}
