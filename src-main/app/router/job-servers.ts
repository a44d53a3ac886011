import type { Services } from '../services/services.ts'
import { guarded, type Implementer, signalOf } from './implementer.ts'

export function jobServersRouter(
  os: Implementer,
  { knownServers, remoteServers, serverRestores, ownRunners, bugs }: Services,
) {
  const { jobServers } = os
  return {
    list: jobServers.list.handler(() => knownServers.list()),
    add: jobServers.add.handler(async ({ input, signal }) => {
      const server = await (await remoteServers()).add(input, signalOf(signal))
      await ownRunners.restart(server.id)
      return server
    }),
    remove: jobServers.remove.handler(async ({ input }) => {
      await ownRunners.stop(input.id)
      await knownServers.remove(input.id)
    }),
    work: jobServers.work.handler(({ input }) => ownRunners.set(input.id, input.work)),
    working: jobServers.working.handler(() => ownRunners.states()),
    look: jobServers.look.handler(async ({ input, signal }) =>
      (await remoteServers()).look(input.id, signalOf(signal)),
    ),
    queue: jobServers.queue.handler(async ({ input: { id, ...wish }, signal }) => ({
      queueId: await (await remoteServers()).queue(id, wish, signalOf(signal)),
    })),
    cancel: jobServers.cancel.handler(async ({ input, signal }) =>
      (await remoteServers()).cancel(input.id, input.queueId, signalOf(signal)),
    ),
    watch: jobServers.watch.handler(async ({ input, signal }) =>
      guarded((await remoteServers()).watch(input.id, input.queueId, signalOf(signal)), bugs),
    ),
    records: jobServers.records.handler(async ({ input: { id, ...page }, signal }) =>
      (await remoteServers()).records(id, page, signalOf(signal)),
    ),
    facts: jobServers.facts.handler(({ input, signal }) => serverRestores.facts(input.snapshotId, signalOf(signal))),
    restore: jobServers.restore.handler(({ input }) => serverRestores.restore(input)),
    restoreAsCommand: jobServers.restoreAsCommand.handler(({ input }) => serverRestores.asCommand(input)),
    makeToken: jobServers.makeToken.handler(async ({ input, signal }) => ({
      token: await (await remoteServers()).makeToken(input.id, input, signalOf(signal)),
    })),
  }
}
