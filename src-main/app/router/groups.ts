import type { Services } from '../services/services.ts'
import { type Implementer, signalOf } from './implementer.ts'

export function groupsRouter(os: Implementer, { groups }: Services) {
  return {
    list: os.groups.list.handler(({ input, signal }) => groups.list(input.repositoryId, signalOf(signal))),
    setOwner: os.groups.setOwner.handler(({ input, signal }) =>
      groups.setOwner(input.repositoryId, input.group, input.owner, signalOf(signal)),
    ),
    setNotes: os.groups.setNotes.handler(({ input, signal }) =>
      groups.setNotes(input.repositoryId, input.group, input.notes, signalOf(signal)),
    ),
    createNamespace: os.groups.createNamespace.handler(({ input, signal }) =>
      groups.createNamespace(input.repositoryId, input.namespace, signalOf(signal)),
    ),
    removeNamespace: os.groups.removeNamespace.handler(({ input, signal }) =>
      groups.removeNamespace(input.repositoryId, input.namespace, signalOf(signal)),
    ),
  }
}
