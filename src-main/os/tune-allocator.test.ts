import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { tuneAllocator } from './tune-allocator.ts'

const usesGlibc =
  process.platform === 'linux' && JSON.stringify(process.report.getReport()).includes('glibcVersionRuntime')

it('says whether there was anything to tune', () => {
  expect(tuneAllocator()).toBe(usesGlibc)
})

it.runIf(usesGlibc)('gives large blocks back as soon as they are freed', () => {
  const script = `
    import koffi from 'koffi'
    import { readFileSync } from 'node:fs'
    import { tuneAllocator } from '${new URL('./tune-allocator.ts', import.meta.url).href}'
    const c = koffi.load(null)
    const malloc = c.func('malloc', 'intptr_t', ['size_t'])
    const free = c.func('free', 'void', ['intptr_t'])
    const mapped = () => Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
    if (process.argv[1] === 'tuned') tuneAllocator()
    free(malloc(16 << 20)) // from here on glibc thinks that blocks of this size are for its heap
    const before = mapped()
    const blocks = Array.from({ length: 8 }, () => malloc(8 << 20))
    const last = blocks.pop()
    for (const block of blocks) free(block)
    console.log(mapped() - before)
    free(last)
  `
  const keptKiB = (how: string) =>
    Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script, how], { encoding: 'utf8' }))
  // The one block that is not freed lies above the others.
  expect(keptKiB('plain')).toBeGreaterThan(60_000)
  expect(keptKiB('tuned')).toBeLessThan(12_000)
})
