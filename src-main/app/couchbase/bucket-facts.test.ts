import { expect, test } from 'vitest'
import type { BucketReport } from '../../engines/couchbase/stored-report.ts'
import { describeReport } from './bucket-facts.ts'

const dek = (revision: number) => ({ path: `deks/0a1b-key.key.${revision}`, size: '100' })

const report: BucketReport = {
  format: 'holdfast-couchbase-1',
  bucket: 'shop',
  backend: 'couchstore',
  vbucketCount: 3,
  revision: [1, 2],
  isComplete: false,
  startedAt: 1,
  finishedAt: 2,
  vbuckets: [
    {
      vbid: 0,
      outcome: 'stored',
      node: 'a:1',
      seqno: '7',
      files: [{ path: '0.couch.1', size: '1000' }],
      deks: [dek(1)],
    },
    { vbid: 1, outcome: 'stored', node: 'a:1', files: [{ path: '1.couch.4', size: '500' }], deks: [dek(1), dek(2)] },
    { vbid: 2, outcome: 'failed', problem: 'gone', files: [], deks: [] },
  ],
}

test('a report is said in sums over all vbuckets and rows of one page; a key that vbuckets share is one', () => {
  expect(describeReport('shop', report, { offset: 1, limit: 5 })).toEqual({
    ...{ archive: 'shop', bucket: 'shop', backend: 'couchstore', startedAt: 1, finishedAt: 2 },
    ...{ isComplete: false, stored: 2, total: 3, files: 2, bytes: 1800, deks: 2, keyIds: ['0a1b-key'] },
    vbuckets: [
      { vbid: 1, outcome: 'stored', node: 'a:1', files: 1, bytes: 700, deks: 2 },
      { vbid: 2, outcome: 'failed', files: 0, bytes: 0, deks: 0, problem: 'gone' },
    ],
  })
})
