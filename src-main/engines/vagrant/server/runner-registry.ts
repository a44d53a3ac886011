import type { Job, Runner } from '../generated/server_pb.js'
import { failure } from '../wire/failure.ts'

/** Which runners are there right now (section 11.1). Not kept: a restart begins with none. */
export class RunnerRegistry {
  /** Per id the open streams, the newest last: two streams may carry one id. */
  readonly #streams = new Map<string, Runner[]>()
  readonly #changed: (runnerId: string, isThere: boolean) => void

  constructor(changed: (runnerId: string, isThere: boolean) => void) {
    this.#changed = changed
  }

  /** The result takes it away again; may be called twice. */
  add(runner: Runner): () => void {
    const streams = this.#streams.get(runner.id) ?? []
    this.#streams.set(runner.id, streams)
    streams.push(runner)
    this.#changed(runner.id, true)
    return () => {
      const at = streams.indexOf(runner)
      if (at < 0) return
      streams.splice(at, 1)
      if (streams.length > 0) return
      this.#streams.delete(runner.id)
      this.#changed(runner.id, false)
    }
  }

  get(id: string): Runner | undefined {
    return this.#streams.get(id)?.at(-1)
  }

  list(): Runner[] {
    return [...this.#streams.values()].flatMap((streams) => streams.at(-1) ?? [])
  }

  /** Whether any of them may take this job (section 9.6). Throws FAILED_PRECONDITION when the job names nobody. */
  isAssignable(job: Job): boolean {
    const target = job.targetRunner?.target
    if (target?.case === 'any') return this.list().some((runner) => !runner.byIdOnly)
    if (target?.case === 'id') return this.get(target.value.id) !== undefined
    throw failure('failed-precondition', 'target_runner: must be set')
  }

  /** Why a job still waits, as a sentence for a person (section 22). */
  explain(job: Job): string {
    const target = job.targetRunner?.target
    if (target?.case === 'id' && this.get(target.value.id) === undefined)
      return `Runner ${target.value.id} is not connected.`
    if (this.list().length === 0) return 'No runner is connected.'
    return this.isAssignable(job)
      ? 'All runners that could take it are busy.'
      : 'All runners take only jobs that name them.'
  }
}
