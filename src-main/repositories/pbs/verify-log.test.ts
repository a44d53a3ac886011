import { expect, test } from 'vitest'
import { plainDigest } from '../../storage/crypt-config.ts'
import { VerifyLog } from './verify-log.ts'

test('digests and lines of damage are found in what servers write, and nothing in what is fine', () => {
  const heard: unknown[] = []
  const log = new VerifyLog({ corrupt: (what) => heard.push(what) })
  const digest = plainDigest(Buffer.from('x'))
  const failed =
    '2024-06-04T11:20:00Z: verify tank:host/elsa/2024-06-04T11:20:00Z/root.pxar.didx failed: chunks could not be verified'
  log.add(`2024-06-04T11:20:00Z: verified ${digest}`)
  log.add(failed)
  const renamed = `2024-06-04T11:20:00Z: corrupted chunk renamed to "/tank/.chunks/${digest.slice(0, 4)}/${digest}.0.bad"`
  log.add(renamed)
  log.add(renamed)
  expect([...log.corrupt]).toEqual([digest])
  expect(heard).toEqual([{ digest, reason: renamed }])
  expect(log.linesAbout('host/elsa/2024-06-04T11:20:00Z')).toEqual([failed])
  expect(log.linesAbout('host/other')).toEqual([])
})
