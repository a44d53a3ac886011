import type { TerminalBatch } from '../../../src-shared/model/remote-job.ts'
import { type StatusKind, statusLooks } from '../../ui/status.ts'

/** A plan of another machine, as its runner lists it. */
export interface MachinePlan {
  readonly name: string
  readonly id: string
  /** Undefined for a state that this version does not know. */
  readonly health: StatusKind | undefined
}

/** The plans in what a runner printed when it was asked for them; `before` until it has. */
export function plansIn(before: readonly MachinePlan[] | undefined, { events }: TerminalBatch) {
  const table = events.findLast((event) => event.kind === 'table')
  if (table === undefined) return before
  return table.rows.flatMap(([name, id, state]): MachinePlan[] => {
    if (name === undefined || id === undefined) return []
    const health = state !== undefined && isStatusKind(state.text) ? state.text : undefined
    return [{ name: name.text, id: id.text, health }]
  })
}

function isStatusKind(text: string): text is StatusKind {
  return Object.hasOwn(statusLooks, text)
}
