import { implement } from '@orpc/server'
import { contract } from '../../../src-shared/contract/index.ts'
import { type BugLog, toContractError } from '../contract-errors.ts'

/** The contract with its one conversion of errors (style E7); handlers just throw. */
export function createImplementer(bugs: BugLog) {
  return implement(contract).use(async ({ next }) => {
    try {
      return await next()
    } catch (error) {
      throw toContractError(error, bugs)
    }
  })
}

export type Implementer = ReturnType<typeof createImplementer>

/** A stream fails after its first event as well: the same conversion for what it throws then. */
export async function* guarded<Event>(events: AsyncIterable<Event>, bugs: BugLog): AsyncGenerator<Event, void, void> {
  try {
    yield* events
  } catch (error) {
    throw toContractError(error, bugs)
  }
}

/** oRPC leaves the signal out where a caller gave none. */
export function signalOf(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal
}
