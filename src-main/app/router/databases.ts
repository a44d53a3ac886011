import type { Services } from '../services/services.ts'
import { type Implementer, signalOf } from './implementer.ts'

export function databasesRouter(os: Implementer, { databases }: Services) {
  return {
    summary: os.databases.summary.handler(({ input, signal }) => databases.summary(input.snapshotId, signalOf(signal))),
    tables: os.databases.tables.handler(({ input, signal }) => databases.tables(input, signalOf(signal))),
    restore: os.databases.restore.handler(({ input }) => databases.restore(input)),
    asCommand: os.databases.asCommand.handler(({ input }) => databases.asCommand(input)),
    test: os.databases.test.handler(({ input, signal }) => databases.test(input, signalOf(signal))),
  }
}
