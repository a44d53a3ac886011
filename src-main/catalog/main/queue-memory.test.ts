import { expect, test } from 'vitest'
import { testCatalog, testJob, testRepository } from './catalog-testing.ts'

const points = [
  { at: 1, read: 100, stored: 50 },
  { at: 2, read: 90, stored: 0 },
]

test('the order of the queue is the same for every process, and what is removed leaves it', () => {
  const { catalog, another } = testCatalog()
  const repository = testRepository()
  const [a, b, c] = [1, 2, 3].map(() => catalog.jobs.insert(testJob(repository)))
  if (a === undefined || b === undefined || c === undefined) throw new Error('three jobs were inserted')
  catalog.queueMemory.setOrder([c.id, a.id, b.id])
  expect(another().queueMemory.order()).toEqual([c.id, a.id, b.id])
  catalog.queueMemory.setOrder([b.id, c.id])
  expect(catalog.queueMemory.order()).toEqual([b.id, c.id])

  catalog.jobs.requestCancel(b.id)
  catalog.jobs.prune(0)
  expect(catalog.queueMemory.order()).toEqual([c.id])
})

test('the speed of a run is kept as long as the job', () => {
  const { catalog, another } = testCatalog()
  const job = catalog.jobs.insert(testJob(testRepository()))
  expect(catalog.queueMemory.throughput(job.id)).toEqual([])
  catalog.queueMemory.saveThroughput(job.id, points)
  expect(another().queueMemory.throughput(job.id)).toEqual(points)
  catalog.jobs.requestCancel(job.id)
  catalog.jobs.prune(0)
  expect(catalog.queueMemory.throughput(job.id)).toEqual([])
})
