import { describe, expect, it } from 'vitest'
import { jobProgress } from '../../../src-shared/model/job.ts'
import { ProgressMeter } from './progress-meter.ts'

function meterAt(start = 0) {
  const time = { now: start }
  return { time, meter: new ProgressMeter(() => time.now) }
}

describe('the progress meter', () => {
  it('says nothing of totals, percent or time left before it knows them', () => {
    const { meter } = meterAt()
    const progress = jobProgress.parse(meter.read())
    expect(progress).not.toHaveProperty('totalBytes')
    expect(progress).not.toHaveProperty('etaSeconds')
  })

  it('gives an estimate after ten steady seconds, and it is right', () => {
    const { meter, time } = meterAt()
    meter.totalBytes = 30_000
    meter.enter('reading')
    for (let i = 0; i < 40; i++) {
      time.now += 250
      meter.doneBytes += 250
      const { etaSeconds } = meter.read()
      if (time.now < 10_000) expect(etaSeconds).toBeUndefined()
    }
    expect(meter.read()).toMatchObject({ etaSeconds: 20, bytesPerSecond: 1000 })
  })

  it('never shows more than everything when the source grows', () => {
    const { meter } = meterAt()
    meter.totalBytes = 10
    meter.totalFiles = 1
    meter.doneBytes = 25
    meter.counts.seen = 3
    expect(meter.read()).toMatchObject({ totalBytes: 25, totalFiles: 3 })
  })

  it('forgets the speed of the phase before', () => {
    const { meter, time } = meterAt()
    time.now = 1000
    meter.doneBytes = 1_000_000
    meter.read()
    meter.enter('finishing')
    time.now = 2000
    expect(meter.read().bytesPerSecond).toBe(0)
  })

  it('shows how busy the stages are while data go through them, and keeps the sum', () => {
    const { meter, time } = meterAt()
    meter.enter('reading')
    meter.writeObserver(() => {}).stages?.add('chunk', 250, 1_000_000)
    time.now += 1000
    const chunk = { name: 'chunk', busy: 0.25, bytesPerSecond: 4_000_000 }
    expect(jobProgress.parse(meter.read()).stages).toEqual([chunk])
    meter.enter('finishing')
    time.now += 9000
    expect(meter.read().stages).toEqual([])
    expect(meter.stageSummary()).toEqual({ stages: [chunk] })
  })

  it('keeps the four newest names', () => {
    const { meter } = meterAt()
    const observer = meter.writeObserver(() => {})
    for (const name of ['a', 'b', 'c', 'd', 'e', 'd']) observer.entry(name, 1n)
    expect(meter.read().current).toEqual(['d', 'e', 'c', 'b'])
  })
})
