import type { FoldersSource } from '../../../src-shared/model/source.ts'
import { type Frozen, foreseeFreeze, freezeFolders } from '../../sources/freeze/freeze.ts'
import { openSurveyTools } from '../../sources/freeze/snapshot-providers.ts'
import { openFrozenLedger, removeLeftovers } from './frozen-ledger.ts'
import type { JobTools } from './job-tools.ts'

/** Holds the folders of a backup still, after what earlier runs left behind is gone. */
export async function freezeSource(
  { log, order }: JobTools,
  source: FoldersSource,
  signal: AbortSignal,
): Promise<Frozen> {
  const survey = openSurveyTools()
  const say = log.line.bind(log)
  for (const path of await removeLeftovers(order.dataDirectory, () => survey.providers))
    say('info', `Removed ${path}, a snapshot that an interrupted run had left.`)
  const ledger = openFrozenLedger(order.dataDirectory)
  return freezeFolders(source, { ...survey, ledger, say, now: () => new Date() }, signal)
}

/** The same for a run that changes nothing: says what would be done. */
export function foreseeSource({ log }: JobTools, source: FoldersSource): void {
  if (source.fileSystemSnapshot === 'off') return
  for (const sentence of foreseeFreeze(source, openSurveyTools())) log.line('info', sentence)
}
