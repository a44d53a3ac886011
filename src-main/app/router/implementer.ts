import { implement } from '@orpc/server'
import { contract } from '../../../src-shared/contract/index.ts'
import { auditedActions } from '../audited.ts'
import { type BugLog, toContractError } from '../contract-errors.ts'

/** What every handler has around it. */
export interface ImplementerParts {
  readonly bugs: BugLog
  /** Writes a deed down that succeeded. */
  audit(action: string, input: unknown): void
}

/** The contract with its one conversion of errors (style E7), handlers just throw, and its one audit log. */
export function createImplementer({ bugs, audit }: ImplementerParts) {
  return implement(contract).use(async ({ next, path }, input) => {
    try {
      const result = await next()
      const action = path.join('.')
      if (auditedActions.has(action)) audit(action, input)
      return result
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
