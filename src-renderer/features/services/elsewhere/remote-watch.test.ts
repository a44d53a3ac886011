import { expect, test } from 'vitest'
import type { Job } from '../../../../src-shared/model/job.ts'
import { rowText } from '../../../ui/terminal/terminal-rows.ts'
import { applyRemoteEvent, nothingWatched } from './remote-watch.ts'

const line = (text: string) => ({ kind: 'line', at: 1, text, style: '', color: '', isOpen: false }) as const
const job = { title: 'backup Documents' } as Job // the title is all that is looked at

test('state and output come beside each other, and a server that comes back is no longer lost', () => {
  let watch = applyRemoteEvent(nothingWatched, { type: 'job', job })
  watch = applyRemoteEvent(watch, { type: 'output', buffered: true, events: [line('one')] })
  watch = applyRemoteEvent(watch, { type: 'lost' })
  expect(watch).toMatchObject({ job, isLost: true })
  watch = applyRemoteEvent(watch, { type: 'output', buffered: false, events: [line('two')] })
  expect(watch.isLost).toBe(false)
  expect(watch.terminal.rows.map(rowText)).toEqual(['one', 'two'])
})
