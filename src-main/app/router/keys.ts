import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function keysRouter(os: Implementer, { keys }: Services) {
  return {
    list: os.keys.list.handler(() => keys.list()),
    create: os.keys.create.handler(({ input }) => keys.create(input.name, input.passphrase)),
    import: os.keys.import.handler(({ input }) => keys.import(input.name, input.text, input.passphrase)),
    changePassphrase: os.keys.changePassphrase.handler(({ input }) =>
      keys.changePassphrase(input.id, input.passphrase),
    ),
    sheet: os.keys.sheet.handler(({ input }) => keys.sheet(input.id, input.isKept)),
    proveSheet: os.keys.proveSheet.handler(({ input }) => keys.proveSheet(input.id, input.typed)),
  }
}
