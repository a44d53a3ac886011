import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { errorCode } from '../../../os/system-error.ts'
import { replaceFile } from '../../../storage/datastore/durable-file.ts'

/** Default of the original. */
const jobsKept = 1000

/** One backup that was asked for, as `monitor` tells it (spec xtrabackup-agent §5.3). Times are Unix seconds. */
const job = z.object({
  sid: z.string(),
  type: z.enum(['full', 'incremental']),
  startTime: z.number(),
  /** -1 while it runs. */
  endTime: z.number(),
  /** Before encoding; -1 while it runs. */
  sizeBytes: z.number(),
  /** While it runs, or when a crash left it behind, the number of the agent's process. */
  status: z.union([z.literal('success'), z.literal('failure'), z.number().int()]),
  message: z.string(),
  /** Where it begins and ends in the server's log, and what made it: of physical backups that went well. */
  fromLsn: z.string().optional(),
  toLsn: z.string().optional(),
  serverVersion: z.string().optional(),
  toolVersion: z.string().optional(),
})
export type HistoryJob = z.infer<typeof job>

export interface RunningJob {
  /** Once: how it ended. */
  end(outcome: {
    readonly status: 'success' | 'failure'
    readonly sizeBytes: number
    readonly message: string
    readonly facts?: JobFacts | undefined
  }): Promise<void>
}

export type JobFacts = Pick<HistoryJob, 'fromLsn' | 'toLsn' | 'serverVersion' | 'toolVersion'>

/** What the agent did, newest last; in a file when it has one. */
export class JobHistory {
  readonly #file: string | undefined
  readonly #now: () => number
  #jobs: HistoryJob[] = []
  #writing: Promise<void> = Promise.resolve()

  private constructor(file: string | undefined, now: () => number) {
    this.#file = file
    this.#now = now
  }

  /** A file that cannot be read as a history is replaced with the next job: it is of no use to anybody. */
  static async open(file: string | undefined, now: () => number): Promise<JobHistory> {
    const history = new JobHistory(file, now)
    if (file === undefined) return history
    try {
      history.#jobs = z.array(job).parse(JSON.parse(await readFile(file, 'utf8')))
    } catch (error) {
      const isDamaged = error instanceof SyntaxError || error instanceof z.ZodError
      if (errorCode(error) !== 'ENOENT' && !isDamaged) throw error
    }
    return history
  }

  /** `keep` is how many there are afterwards, at most. */
  async start(
    { sid, type, message = '-' }: Pick<HistoryJob, 'sid' | 'type'> & { readonly message?: string },
    keep = jobsKept,
  ): Promise<RunningJob> {
    const begun: HistoryJob = {
      ...{ sid, type, message, startTime: this.#now(), endTime: -1, sizeBytes: -1 },
      status: process.pid,
    }
    this.#jobs = [...this.#jobs, begun].slice(-keep)
    await this.#save()
    return {
      end: async ({ status, sizeBytes, message: text, facts }) => {
        const ended = { ...begun, status, sizeBytes, message: text || '-', endTime: this.#now(), ...facts }
        this.#jobs = this.#jobs.map((each) => (each === begun ? ended : each))
        await this.#save()
      },
    }
  }

  /** Newest first. */
  list(filter: {
    readonly newerThan: number
    readonly maxItems: number
    readonly type: string | undefined
  }): readonly HistoryJob[] {
    const { newerThan, maxItems, type } = filter
    const found = this.#jobs.filter((each) => each.startTime > newerThan && (type === undefined || each.type === type))
    return found.toReversed().slice(0, maxItems === 0 ? undefined : maxItems)
  }

  /** One write after the other: the last one has it all. */
  #save(): Promise<void> {
    const { isDurable, mode } = { isDurable: false, mode: 0o600 }
    if (this.#file === undefined) return Promise.resolve()
    const file = this.#file
    this.#writing = this.#writing
      .catch(() => {}) // was told to whoever wrote it
      .then(() => replaceFile(file, Buffer.from(JSON.stringify(this.#jobs)), { isDurable, mode }))
    return this.#writing
  }
}
