import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { writeFileDurably } from '../durable-file.ts'
import { localDay } from '../schedule/local-time.ts'
import type { Message } from './message.ts'
import { weeklyReport } from './weekly-report.ts'

const toldModel = z.object({
  /** Plans that are late and were told of, with the good run they are late since. */
  late: z.record(z.string(), z.number()),
  /** Local day of the last report. */
  reportedOn: z.string().optional(),
})
type Told = z.infer<typeof toldModel>

const daysBetweenReports = 7

export interface PlanWatchOptions {
  readonly dataDirectory: string
  readonly timeZone: string
  tell(message: Omit<Message, 'computer' | 'at'>): void
}

/** Tells of plans that are overdue, once for each lapse, and what a week came to. Remembers over a restart what was told. */
export class PlanWatch {
  readonly #options: PlanWatchOptions
  readonly #path: string
  #told: Told

  constructor(options: PlanWatchOptions) {
    this.#options = options
    this.#path = join(options.dataDirectory, 'told.json')
    this.#told = this.#read()
  }

  /** Once an hour or so. */
  look(now: number, plans: readonly PlanState[], repositories: readonly RepositoryState[]): void {
    const late: Record<string, number> = {}
    for (const { plan, health, lastGoodAt = plan.createdAt } of plans) {
      if (health !== 'late') continue
      late[plan.id] = lastGoodAt
      if (this.#told.late[plan.id] === lastGoodAt) continue
      const hours = Math.round((now - lastGoodAt) / 3_600_000)
      const body = `No good run for ${hours >= 48 ? `${Math.round(hours / 24)} days` : `${hours} hours`}.`
      this.#options.tell({ occasion: 'overdue', title: `${plan.name} is overdue`, body, planId: plan.id })
    }
    this.#keep({ ...this.#told, late })
    this.#report(now, plans, repositories)
  }

  #report(now: number, plans: readonly PlanState[], repositories: readonly RepositoryState[]): void {
    if (plans.length === 0) return
    const today = localDay(now, this.#options.timeZone)
    const { reportedOn } = this.#told
    // The first one comes when there is a week to tell of.
    if (reportedOn === undefined) this.#keep({ ...this.#told, reportedOn: today })
    else if (daysFrom(reportedOn, today) >= daysBetweenReports) {
      this.#keep({ ...this.#told, reportedOn: today })
      this.#options.tell(weeklyReport(plans, repositories))
    }
  }

  #keep(told: Told): void {
    if (JSON.stringify(told) === JSON.stringify(this.#told)) return
    this.#told = told
    writeFileDurably(this.#path, JSON.stringify(told))
  }

  #read(): Told {
    try {
      return toldModel.parse(JSON.parse(readFileSync(this.#path, 'utf8')))
    } catch {
      return { late: {} } // at worst something is told twice
    }
  }
}

function daysFrom(day: string, later: string): number {
  return Math.round((Date.parse(later) - Date.parse(day)) / 86_400_000)
}
