import { z } from 'zod'
import { count, timestamp } from './ids.ts'

/** What a runner is asked to do, as the job server names it. `command` is where a plan is run. */
export const remoteOperation = z.enum(['noop', 'validate', 'init', 'command', 'auth', 'docs', 'unknown'])

/** A job of a job server's queue: a runner does it, here it is only shown. */
export const remoteJobSpec = z.object({
  kind: z.literal('remote'),
  /** Its id in that queue. */
  queueId: z.string().max(256),
  operation: remoteOperation,
  /** The words of a command: `backup Documents`. */
  words: z.array(z.string()).default([]),
  /** The runner it is meant for; absent when any may take it. */
  wantedRunner: z.string().optional(),
  /** The runner that took it. */
  runner: z.string().optional(),
})
export type RemoteJobSpec = z.infer<typeof remoteJobSpec>

const colored = z.object({ text: z.string(), color: z.string() })

/** What a job prints on its terminal, piece by piece, as the runner sent it. */
export const terminalEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('line'),
    at: timestamp,
    text: z.string(),
    /** `header`, `error`, `warning`, `success`; whatever else is plain. */
    style: z.string(),
    color: z.string(),
    /** The next line goes on where this one ends. */
    isOpen: z.boolean(),
  }),
  z.object({ kind: z.literal('status'), at: timestamp, status: z.string(), text: z.string(), isStep: z.boolean() }),
  z.object({
    kind: z.literal('values'),
    at: timestamp,
    values: z.array(z.object({ name: z.string(), value: z.string() })),
  }),
  /** Bytes of a program, read as UTF-8. */
  z.object({ kind: z.literal('raw'), at: timestamp, text: z.string(), isError: z.boolean() }),
  z.object({ kind: z.literal('table'), at: timestamp, headers: z.array(z.string()), rows: z.array(z.array(colored)) }),
  z.object({ kind: z.literal('step-group'), at: timestamp, isClosed: z.boolean() }),
  /** Made or changed: the newest of an id is how the step stands. */
  z.object({
    kind: z.literal('step'),
    at: timestamp,
    id: z.number().int(),
    isClosed: z.boolean(),
    text: z.string(),
    status: z.string(),
    /** What came since the step's last event. */
    output: z.string(),
  }),
])
export type TerminalEvent = z.infer<typeof terminalEvent>

/** `buffered` was printed before whoever watches came. */
export const terminalBatch = z.object({ buffered: z.boolean(), events: z.array(terminalEvent) })
export type TerminalBatch = z.infer<typeof terminalBatch>

/** A token the job server made. Never the token itself: that is shown once. */
export const serverToken = z.object({
  /** Hexadecimal. */
  id: z.string().max(64),
  kind: z.enum(['login', 'invite']),
  createdAt: timestamp,
  validUntil: timestamp.optional(),
  revokedAt: timestamp.optional(),
})
export type ServerToken = z.infer<typeof serverToken>

/** A runner that is connected now. */
export const connectedRunner = z.object({
  id: z.string(),
  /** Takes only jobs that name it. */
  byIdOnly: z.boolean(),
  /** How many jobs it has in its hands. */
  jobs: count,
})
export type ConnectedRunner = z.infer<typeof connectedRunner>
