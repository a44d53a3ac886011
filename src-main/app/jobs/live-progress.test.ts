import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { jobProgress } from '../../../src-shared/model/job.ts'
import { LiveProgress } from './live-progress.ts'
import { createFigureMemory, figuresIn } from './progress-figures.ts'
import { ProgressMeter } from './progress-meter.ts'

function liveAt() {
  const time = { now: 0 }
  const memory = createFigureMemory()
  const meter = new ProgressMeter(() => time.now, figuresIn(memory))
  return { time, memory, meter, live: new LiveProgress(figuresIn(memory), () => time.now) }
}

it('says nothing before the thread has told anything', () => {
  expect(liveAt().live.read()).toBeUndefined()
})

it('has the figures of now beside what was told last, and ends with what the job itself says', () => {
  const { time, meter, live } = liveAt()
  meter.totalBytes = 30_000
  meter.enter('reading')
  live.tell(meter.read(), 0)
  for (let at = 0; at < 40; at++) {
    time.now += 250
    meter.doneBytes += 250
    meter.counts.seen += 1
    live.read()
  }
  const { progress, warnings } = live.read() ?? {}
  expect(progress).toMatchObject({ doneBytes: 10_000, counts: { seen: 40 }, bytesPerSecond: 1000, etaSeconds: 20 })
  live.tell(meter.read(), 3)
  expect(live.read()).toEqual({ progress: { ...jobProgress.parse(progress), ...meter.read() }, warnings: 3 })
  expect(warnings).toBe(0)
})

it('takes neither a pause nor another phase for slowness', () => {
  const { time, meter, live } = liveAt()
  meter.enter('reading')
  live.tell(meter.read(), 0)
  time.now = 1000
  meter.doneBytes = 5000
  expect(live.read()?.progress.bytesPerSecond).toBe(5000)
  time.now = 60_000
  live.stoodStill()
  time.now = 61_000
  meter.doneBytes = 10_000
  expect(live.read()?.progress.bytesPerSecond).toBe(5000)
  meter.enter('finishing')
  live.tell(meter.read(), 0)
  time.now = 62_000
  expect(live.read()?.progress.bytesPerSecond).toBe(0)
})

it('moves while the thread that counts never comes to its timers', async () => {
  const { memory, live, meter } = liveAt()
  live.tell(meter.read(), 0)
  const figures = new URL('./progress-figures.ts', import.meta.url).href
  // Counts until it is ended, in one turn of its loop.
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads')
     import(${JSON.stringify(figures)}).then(({ figuresIn }) => {
       const figures = figuresIn(workerData)
       while (true) figures.doneBytes += 1
     })`,
    { eval: true, workerData: memory },
  )
  try {
    const done = () => live.read()?.progress.doneBytes ?? 0
    await expect.poll(done).toBeGreaterThan(0)
    const before = done()
    await expect.poll(done).toBeGreaterThan(before)
  } finally {
    await worker.terminate()
  }
})
