import { isAbsolute } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { parseCasyncAddress } from '../../repositories/casync/casync-address.ts'
import { openCasyncRepository } from '../../repositories/casync/casync-repository.ts'
import { casyncPrograms } from '../../repositories/casync/remote-files.ts'
import { type Judgement, judgeFolder } from './judge-folder.ts'
import { refusedJudgement } from './judge-server.ts'

/** A casync store: one that is there is adopted with every index beside it, by whomever it was made. */
export async function judgeCasync(address: string, signal: AbortSignal): Promise<Judgement> {
  try {
    const repository = await openCasyncRepository(address, {
      now: () => Date.now(),
      threads: 1,
      remote: casyncPrograms(process.env),
    })
    try {
      let snapshots = 0
      for await (const _ of repository.snapshots(signal)) snapshots += 1
      const sentence = `There is a casync store with ${snapshots} ${snapshots === 1 ? 'snapshot' : 'snapshots'}; it can be used.`
      return { kind: 'casync', snapshots, capabilities: [...repository.capabilities], state: 'ready', sentence }
    } finally {
      await repository.close()
    }
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'datastore/not-found')
      return refusedJudgement('casync', error)
    const { store } = parseCasyncAddress(address)
    if (!isAbsolute(store)) return refusedJudgement('casync', error)
    // Whether the disk can be written to and has room is the same question for every folder.
    return { ...(await judgeFolder(store, 'casync')), capabilities: [] }
  }
}
