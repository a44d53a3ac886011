import type { Services } from '../services/services.ts'
import { guarded, type Implementer, signalOf } from './implementer.ts'

export function jobServersRouter(os: Implementer, { remoteServers, serverRestores, ownRunners, bugs }: Services) {
  const { jobServers } = os
  return {
    list: jobServers.list.handler(() => remoteServers.known.list()),
    add: jobServers.add.handler(async ({ input, signal }) => {
      const server = await remoteServers.add(input, signalOf(signal))
      await ownRunners.restart(server.id)
      return server
    }),
    remove: jobServers.remove.handler(async ({ input }) => {
      await ownRunners.stop(input.id)
      await remoteServers.known.remove(input.id)
    }),
    work: jobServers.work.handler(({ input }) => ownRunners.set(input.id, input.work)),
    working: jobServers.working.handler(() => ownRunners.states()),
    look: jobServers.look.handler(({ input, signal }) => remoteServers.look(input.id, signalOf(signal))),
    queue: jobServers.queue.handler(async ({ input: { id, ...wish }, signal }) => ({
      queueId: await remoteServers.queue(id, wish, signalOf(signal)),
    })),
    cancel: jobServers.cancel.handler(({ input, signal }) =>
      remoteServers.cancel(input.id, input.queueId, signalOf(signal)),
    ),
    watch: jobServers.watch.handler(({ input, signal }) =>
      guarded(remoteServers.watch(input.id, input.queueId, signalOf(signal)), bugs),
    ),
    records: jobServers.records.handler(({ input: { id, ...page }, signal }) =>
      remoteServers.records(id, page, signalOf(signal)),
    ),
    facts: jobServers.facts.handler(({ input, signal }) => serverRestores.facts(input.snapshotId, signalOf(signal))),
    restore: jobServers.restore.handler(({ input }) => serverRestores.restore(input)),
    restoreAsCommand: jobServers.restoreAsCommand.handler(({ input }) => serverRestores.asCommand(input)),
    makeToken: jobServers.makeToken.handler(async ({ input, signal }) => ({
      token: await remoteServers.makeToken(input.id, input, signalOf(signal)),
    })),
  }
}
