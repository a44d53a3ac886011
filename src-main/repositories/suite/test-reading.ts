import { expect, test } from 'vitest'
import { bytes, noise } from '../sample-tree.fixture.ts'
import { type RepositoryBench, Seen, sampleTree } from './repository-bench.ts'

/** What is in a snapshot, by parts, and archives that are no trees. */
export function testReading(bench: RepositoryBench): void {
  const { newGroup, backup, reading, restored, traits, cryptMode, signal } = bench

  test('folders can be listed, entries looked up, and parts of files read', async () => {
    const { snapshot } = await backup(newGroup(), 1000, sampleTree())
    await reading(snapshot, async (reader) => {
      expect(reader.trees).toEqual(['root'])
      const names: string[] = []
      for await (const { name, kind } of reader.list('root', [], signal))
        names.push(`${new TextDecoder().decode(name)} ${kind}`)
      expect(names).toEqual([
        'big file',
        'data directory',
        'empty file',
        traits.keepsHardLinks ? 'hard hardlink' : 'hard file',
        'link symlink',
      ])
      const stat = await reader.stat('root', [bytes('data'), bytes('5')], signal)
      expect(stat).toMatchObject({ kind: 'file', sizeBytes: 200_000n, permissions: 0o644 })
      const parts: Uint8Array[] = []
      const range = { offset: 5_000_000n, length: 2_000_000n }
      for await (const part of reader.content('root', [bytes('big')], range, signal)) parts.push(part)
      expect(Buffer.concat(parts).equals(noise('big', 9_000_000).subarray(5_000_000, 7_000_000))).toBe(true)
      await expect(reader.stat('root', [bytes('nothing')], signal)).rejects.toMatchObject({ code: 'path/not-found' })
      await expect(Array.fromAsync(reader.list('root', [bytes('big')], signal))).rejects.toMatchObject({
        code: 'path/not-a-folder',
      })
    })
  })

  test('a selection brings its folders along, and the file behind a link that is not selected', async () => {
    const { snapshot } = await backup(newGroup(), 1000, sampleTree())
    const whole = await restored(snapshot)
    const line = (path: string) => whole.find((each) => each.startsWith(`${path} `)) ?? ''
    expect(await restored(snapshot, ['data/7', 'link'])).toEqual(['', '/data', '/data/7', '/link'].map(line))
    const linked = await restored(snapshot, ['hard'])
    expect(linked[1]).toBe(line('/data/2').replace('/data/2', '/hard'))
    await expect(restored(snapshot, ['data/none'])).rejects.toMatchObject({ code: 'path/not-found' })
  })

  test('streams, blobs and the facts of the source come back', async () => {
    const group = newGroup()
    const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
    const writer = await bench.repository.write(group, options, signal)
    const data = noise('stream', 7_000_000)
    async function* stream() {
      for (let at = 0; at < data.length; at += 100_000) yield data.subarray(at, at + 100_000)
    }
    await writer.addStream('dump.sql', stream(), new Seen())
    await writer.addBlob('notes.conf', bytes('hello'))
    await writer.addBlob('holdfast.conf', bytes('{"host":"elsa","roots":[{"archive":"root","path":"/home"}]}'))
    await expect(writer.addBlob('notes.conf', bytes('again'))).rejects.toMatchObject({ code: 'input/invalid' })
    await reading(await writer.commit(), async (reader) => {
      expect(Buffer.from(await reader.blob(traits.streamFile, signal)).equals(data)).toBe(true)
      expect(Buffer.from(await reader.blob('notes.conf.blob', signal)).toString()).toBe('hello')
      expect(await reader.facts(signal)).toEqual({ host: 'elsa', roots: [{ archive: 'root', path: '/home' }] })
      expect(JSON.parse(await reader.manifestText(signal))).toMatchObject({ 'backup-id': group.backupId })
      expect((await reader.chunks(traits.streamFile, signal)).count).toBeGreaterThan(0)
    })
  })
}
