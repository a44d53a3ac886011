import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function channelsRouter(os: Implementer, { channels }: Services) {
  return {
    list: os.channels.list.handler(() => channels.list()),
    save: os.channels.save.handler(({ input }) => channels.save(input.channel, input.secret)),
    remove: os.channels.remove.handler(({ input }) => channels.remove(input.id)),
    test: os.channels.test.handler(({ input }) => channels.test(input.channel, input.secret)),
  }
}
