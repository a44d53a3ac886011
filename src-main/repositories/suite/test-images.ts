import { expect, test } from 'vitest'
import { Pace } from '../../os/pace.ts'
import { simulatedPaceClock } from '../../os/simulated-pace-clock.fixture.ts'
import type { StoredSnapshot } from '../repository.ts'
import { noise } from '../sample-tree.fixture.ts'
import { type RepositoryBench, Seen } from './repository-bench.ts'

/** Disk images: blocks of one size, of which only the changed ones are stored. */
export function testImages(bench: RepositoryBench): void {
  const { newGroup, reading, traits, cryptMode, signal } = bench

  test('a disk image comes back, whole and in parts, and only what changed in it is stored again', async () => {
    const group = newGroup()
    const content = new Uint8Array(noise('image', 21_000_000))
    content.fill(0, 8 << 20, 16 << 20)
    const imageBackup = async (time: number) => {
      const seen = new Seen()
      const clock = simulatedPaceClock()
      const options = { time, mode: 'data', compress: true, cryptMode, pace: new Pace(() => 1_000_000, clock) } as const
      const writer = await bench.repository.write(group, options, signal)
      const image = {
        sizeBytes: BigInt(content.length),
        read: async (at: bigint, length: number) => content.slice(Number(at), Number(at) + length),
      }
      await writer.addImage('disk', image, seen)
      // What is stored was paid for, and what was there already was not; a few milliseconds may be owed.
      expect(Math.abs(clock.waitedMs() - seen.newBytes / 1000)).toBeLessThan(6)
      return { snapshot: await writer.commit(), seen }
    }
    const partOf = (snapshot: StoredSnapshot, offset: number, length?: number) =>
      reading(snapshot, async (reader) => {
        const range = { offset: BigInt(offset), length: length === undefined ? undefined : BigInt(length) }
        return Buffer.concat(await Array.fromAsync(reader.content(traits.imageFile, [], range, signal)))
      })

    const first = await imageBackup(1000)
    expect(first.snapshot.archives).toMatchObject([{ filename: traits.imageFile, sizeBytes: 21_000_000n }])
    expect(first.seen).toMatchObject({ stored: 1, taken: content.length })
    const counted = await reading(first.snapshot, (reader) => reader.chunks(traits.imageFile, signal))
    if (traits.imageChunks !== undefined) expect(counted).toEqual(traits.imageChunks)
    expect(counted.unique).toBeLessThan(counted.count) // two of its parts are zeros
    expect((await partOf(first.snapshot, 0)).equals(content)).toBe(true)
    const before = content.slice()
    content[9_000_000] = 1
    const second = await imageBackup(1001)
    expect(second.seen).toMatchObject({ stored: 1, taken: content.length, newChunks: 1 })
    expect((await partOf(second.snapshot, 8_999_990, 20)).equals(content.slice(8_999_990, 9_000_010))).toBe(true)
    expect((await partOf(second.snapshot, 20_999_999, 20)).equals(content.slice(20_999_999))).toBe(true)
    expect((await partOf(first.snapshot, 0)).equals(before)).toBe(true)
    const third = await imageBackup(1002)
    expect(third.seen.newChunks).toBe(0)
    expect(third.snapshot.archives).toEqual(second.snapshot.archives)
  })

  test('an empty image is refused', async () => {
    const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
    const writer = await bench.repository.write(newGroup(), options, signal)
    const empty = { sizeBytes: 0n, read: async () => new Uint8Array(0) }
    await expect(writer.addImage('disk', empty, new Seen())).rejects.toMatchObject({ code: 'input/invalid' })
    await writer.discard()
  })
}
