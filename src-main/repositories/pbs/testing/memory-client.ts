import { createHash } from 'node:crypto'
import { tuneAllocator } from '../../../os/tune-allocator.ts'
import { CryptConfig } from '../../../storage/crypt-config.ts'
import type { WriteObserver } from '../../repository.ts'
import { noise } from '../../sample-tree.fixture.ts'
import { openPbsRepository } from '../pbs-repository.ts'

/**
 * A backup and its restore in a process of their own, so that their memory can be measured. Arguments: address, secret,
 * fingerprint, and how many MiB. Says `{peakMiB, isSame}`.
 */
const [address = '', secret = '', fingerprint = '', size = '0'] = process.argv.slice(2)
const { signal } = new AbortController()
const nothing: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const MIB = 1 << 20

tuneAllocator()
const repository = await openPbsRepository(address, {
  keys: [new CryptConfig(new Uint8Array(32).fill(7))],
  threads: 2,
  now: Date.now,
  credentials: { secret, fingerprint },
})
const written = createHash('sha256')
const group = { namespace: '', type: 'host', backupId: 'memory' } as const
const options = { time: 1000, mode: 'data', compress: true, cryptMode: 'encrypt' } as const
const writer = await repository.write(group, options, signal)
await writer.addStream('dump', stream(Number(size)), nothing)
const { ref } = await writer.commit()

const reader = await repository.read(ref, signal)
const restored = createHash('sha256')
for await (const piece of reader.content('dump.didx', [], { offset: 0n }, signal)) restored.update(piece)
await reader.close()
await repository.close()
// What the kernel saw at most since the start, threads and native memory included; in KiB.
const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024)
process.stdout.write(`${JSON.stringify({ peakMiB, isSame: written.digest('hex') === restored.digest('hex') })}\n`)

/** No two MiB are the same; one in eight cannot be compressed, the others become chunks of the largest size. */
async function* stream(count: number): AsyncGenerator<Uint8Array> {
  const hard = new Uint8Array(noise('hard', MIB))
  const easy = new Uint8Array(MIB).fill(7)
  for (let i = 0; i < count; i++) {
    const block = (i >> 5) % 8 === 0 ? hard : easy
    for (let at = 0; at < MIB; at += 4096) new DataView(block.buffer).setUint32(at, i)
    written.update(block)
    yield block
  }
}
