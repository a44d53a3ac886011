import type { Database } from 'better-sqlite3'
import { type Job, Job_State, JobSchema } from '../generated/server_pb.js'
import { storedBytes, storedMessage, storedMessages } from '../storage/stored-message.ts'

const finished = `(${Job_State.ERROR}, ${Job_State.SUCCESS})`

export interface JobRowOptions {
  readonly isExternal: boolean
}

/** The jobs as rows. Each call is one transaction. */
export class JobTable {
  readonly #statements: ReturnType<typeof prepareJobs>

  constructor(db: Database) {
    this.#statements = prepareJobs(db)
  }

  insert(job: Job, { isExternal }: JobRowOptions): void {
    const { target } = job.targetRunner ?? { target: { case: undefined } }
    this.#statements.insert.run({
      id: job.id,
      state: job.state,
      runner: target.case === 'id' ? target.value.id : null,
      isExternal: isExternal ? 1 : 0,
      basis: job.scope.case === 'basis' ? job.scope.value.resourceId : null,
      project: job.scope.case === 'project' ? job.scope.value.resourceId : null,
      message: storedBytes(JobSchema, job),
    })
  }

  update(job: Job): void {
    this.#statements.update.run(job.state, storedBytes(JobSchema, job), job.id)
  }

  get(id: string): Job | undefined {
    return storedMessage(JobSchema, this.#statements.get.get(id))
  }

  isExternal(id: string): boolean {
    return this.#statements.isExternal.get(id) === 1
  }

  list(): Job[] {
    return storedMessages(JobSchema, this.#statements.list.all())
  }

  unfinished(): Job[] {
    return storedMessages(JobSchema, this.#statements.unfinished.all())
  }

  /** The oldest queued job for this runner, or for any runner when it takes those too (section 9.5). */
  nextFor(runnerId: string, byIdOnly: boolean): Job | undefined {
    return storedMessage(JobSchema, this.#statements.next.get({ runnerId, any: byIdOnly ? 0 : 1 }))
  }

  /** Removes the oldest finished until `keep` are left; gives back who went. */
  prune(keep: number): string[] {
    const excess = Number(this.#statements.count.get()) - keep
    if (excess <= 0) return []
    return this.#statements.prune.all(excess).map(String)
  }
}

function prepareJobs(db: Database) {
  return {
    insert: db.prepare(
      `INSERT INTO job (id, state, runner_id, is_external, basis_id, project_id, message)
       VALUES (@id, @state, @runner, @isExternal,
               (SELECT id FROM basis WHERE id = @basis), (SELECT id FROM project WHERE id = @project), @message)`,
    ),
    update: db.prepare('UPDATE job SET state = ?, message = ? WHERE id = ?'),
    get: db.prepare('SELECT message FROM job WHERE id = ?').pluck(),
    isExternal: db.prepare('SELECT is_external FROM job WHERE id = ?').pluck(),
    list: db.prepare('SELECT message FROM job ORDER BY id').pluck(),
    unfinished: db.prepare(`SELECT message FROM job WHERE state NOT IN ${finished} ORDER BY seq`).pluck(),
    next: db
      .prepare(
        `SELECT message FROM (
           SELECT * FROM (SELECT seq, message FROM job
             WHERE state = ${Job_State.QUEUED} AND runner_id = @runnerId AND is_external = 0 ORDER BY seq LIMIT 1)
           UNION ALL
           SELECT * FROM (SELECT seq, message FROM job
             WHERE state = ${Job_State.QUEUED} AND runner_id IS NULL AND @any = 1 AND is_external = 0 ORDER BY seq LIMIT 1)
         ) ORDER BY seq LIMIT 1`,
      )
      .pluck(),
    count: db.prepare('SELECT count(*) FROM job').pluck(),
    prune: db
      .prepare(
        `DELETE FROM job WHERE seq IN (SELECT seq FROM job WHERE state IN ${finished} ORDER BY seq LIMIT ?) RETURNING id`,
      )
      .pluck(),
  }
}
