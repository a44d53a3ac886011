import type { SkipReason } from '../../../src-shared/model/schedule.ts'

/** Why a run did not happen, as a sentence. */
export const skipInWords: Readonly<Record<SkipReason, string>> = {
  asleep: 'The computer was asleep.',
  'not-running': 'Holdfast was not running.',
  paused: 'All plans were paused.',
  'plan-paused': 'This plan was paused.',
  battery: 'The computer ran on battery.',
  metered: 'The network was metered.',
  'quiet-hours': 'It fell into the quiet hours.',
  'still-running': 'The run before it had not ended.',
  'source-missing': 'The folders to back up were not there.',
  'repository-missing': 'The repository was not there.',
}
