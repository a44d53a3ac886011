import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  type Job,
  type Job_AuthOp,
  type Job_AuthResultSchema,
  type Job_CommandOp,
  Job_CommandResultSchema,
  type Job_DocsResultSchema,
  type Job_InitResultSchema,
  type Job_Result,
  Job_ResultSchema,
} from '../generated/server_pb.js'
import { failure, failureStatus, statusOf } from '../wire/failure.ts'
import type { Terminal } from './terminal.ts'

export interface OperationContext {
  readonly job: Job
  /** Where the job's data lies. */
  readonly folder: string
  readonly terminal: Terminal
  /** The variables that the server gave this runner, over those of the host. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborts when the job is cancelled; an operation that ends well nevertheless has succeeded. */
  readonly signal: AbortSignal
}

/** What a runner can do. The host provides it: `command` is where a plan is run. */
export interface RunnerOperations {
  noop?(context: OperationContext): Promise<void>
  validate?(context: OperationContext): Promise<void>
  init(context: OperationContext): Promise<MessageInitShape<typeof Job_InitResultSchema>>
  /** A command that fails says so in its result; it throws only when it could not be run. */
  command(
    operation: Job_CommandOp,
    context: OperationContext,
  ): Promise<MessageInitShape<typeof Job_CommandResultSchema>>
  auth(operation: Job_AuthOp, context: OperationContext): Promise<MessageInitShape<typeof Job_AuthResultSchema>>
  docs(context: OperationContext): Promise<MessageInitShape<typeof Job_DocsResultSchema>>
}

/** Runs what the job asks for (section 17). Throws what the job fails with; `undefined` is a success without a result. */
export async function runOperation(
  operations: RunnerOperations,
  context: OperationContext,
): Promise<Job_Result | undefined> {
  const { operation } = context.job
  switch (operation.case) {
    case 'noop':
      await operations.noop?.(context)
      return undefined
    case 'validate':
      await operations.validate?.(context)
      return create(Job_ResultSchema, { validate: {} })
    case 'init':
      return create(Job_ResultSchema, { init: await operations.init(context) })
    case 'auth':
      return create(Job_ResultSchema, { auth: await operations.auth(operation.value, context) })
    case 'docs':
      return create(Job_ResultSchema, { docs: await operations.docs(context) })
    case 'command':
      return create(Job_ResultSchema, { run: await runCommand(operations, operation.value, context) })
    case undefined:
      throw failure('aborted', 'unknown operation')
  }
}

async function runCommand(operations: RunnerOperations, operation: Job_CommandOp, context: OperationContext) {
  try {
    return create(Job_CommandResultSchema, await operations.command(operation, context))
  } catch (error) {
    if (context.signal.aborted) throw failure('cancelled', 'canceled', error)
    const status = statusOf(error)
    const runError = status.code === 0 ? failureStatus('unknown', status.message) : status
    return create(Job_CommandResultSchema, { runResult: false, runError, exitCode: 1 })
  }
}
