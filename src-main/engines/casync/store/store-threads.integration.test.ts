import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LocalStore } from './local-store.ts'
import { StoreThreads } from './store-threads.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'store-threads-'))
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

const chunk = (n: number) => new Uint8Array(new Uint32Array(20_000).fill(n).buffer)

test('threads are closed at any moment of their start', async () => {
  for (let ms = 0; ms < 120; ms += 5) {
    const threads = new StoreThreads(new LocalStore(root), 2)
    threads.start()
    await delay(ms)
    await threads.close()
  }
})

test('threads are closed in the midst of their work, and what they wrote is whole', async () => {
  const store = new LocalStore(root)
  let stored = 0
  for (let round = 0; round < 10; round++) {
    const threads = new StoreThreads(store, 2)
    const writing = Array.from({ length: 40 }, (_, n) =>
      threads.write(chunk(round * 40 + n), 'sha512-256', new AbortController().signal).then(
        async ({ digest }) => {
          expect(await store.read(digest)).toHaveLength(80_000)
          stored += 1
        },
        (error: unknown) => expect(error).toBeInstanceOf(Error),
      ),
    )
    await delay(round * 12)
    await Promise.all([threads.close(), threads.close()])
    await Promise.all(writing)
  }
  expect(stored).toBeGreaterThan(0)
})
