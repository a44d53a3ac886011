import type { Occasion } from '../../../src-shared/model/channel.ts'
import type { PlanId } from '../../../src-shared/model/ids.ts'

/** What is told, the same on every channel. */
export interface Message {
  readonly occasion: Occasion | 'test'
  /** One line. */
  readonly title: string
  /** Plain text; lines, no markup. */
  readonly body: string
  readonly computer: string
  /** Unix milliseconds. */
  readonly at: number
  readonly planId?: PlanId | undefined
}
