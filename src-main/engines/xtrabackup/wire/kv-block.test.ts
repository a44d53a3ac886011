import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { pieces } from '../testing/bytes.fixture.ts'
import { encodeBlock, failedBlock, isOldText, pairValue, type ReadBlockOptions, readBlock } from './kv-block.ts'
import { MessageReader } from './message-reader.ts'

const signal = new AbortController().signal

function read(text: string | Uint8Array, options: ReadBlockOptions = {}, size?: number) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return readBlock(new MessageReader(pieces(bytes, size), signal), options)
}

const key = fc.stringMatching(/^[a-z][a-z:_-]{0,12}$/)
const value = fc.stringMatching(/^[\x20-\x7e]{0,40}$|^[äöü=é日]{1,9}$/)

describe('1: blocks', () => {
  test('come back whatever they hold, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name }),
        fc.integer({ min: 1, max: 30 }),
        async (pairs, size) => {
          expect([...(await read(encodeBlock(pairs), {}, size))]).toEqual(pairs)
        },
      ),
    )
  })

  test('may be empty, hold `=` in values, and come in any order; the last of two wins', async () => {
    expect((await read('0\n\n')).size).toBe(0)
    const block = await read('3\nb=1=2=3\na=\nb=4\n\n')
    expect([block.get('b'), block.get('a'), pairValue(block, 'a')]).toEqual(['4', '', undefined])
  })

  test('a line feed in a value becomes two characters', () => {
    expect(failedBlock('one\ntwo')).toBe('2\nstatus=FAILED\nmsg=one\\ntwo\n\n')
    expect(() => encodeBlock([['a\nb', 'c']])).toThrow('cannot be a key')
  })

  test('bytes that are not UTF-8 are taken as latin1', async () => {
    expect((await read(Buffer.from('1\nmsg=\xe9t\xe9\n\n', 'latin1'))).get('msg')).toBe('été')
  })
})

describe('2: blocks that are none', () => {
  test.each([
    ['abc\n', 'Bad input'],
    ['-1\n\n', 'Bad input'],
    ['1 \na=b\n\n', 'Bad input'],
    ['1e3\n', 'Bad input'],
    ['\n', 'Bad input'],
    ['1001\n', 'more than 1000'],
    ['999999999\n', 'more than 1000'],
    ['99999999999999999999\n', 'Bad input'],
    ['1\nno equals sign\n\n', 'Bad data'],
    ['1\n=value\n\n', 'Bad data'],
    ['1\na=b\u0007\n\n', 'Bad data'],
    ['1\na=b\nc=d\n\n', 'end of the block'],
    ['2\na=b\n\n', 'Bad data'],
    ['1\na=b\n', 'ended'],
    ['1\na=b', 'ends'],
    ['', 'ended'],
    [`1\na=${'x'.repeat(17_000)}\n\n`, 'longer than 16384'],
    [`30\n${`a=${'x'.repeat(10_000)}\n`.repeat(30)}\n`, 'longer than 262144'],
  ])('%j is refused', async (text, problem) => {
    const failure = await read(text).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ProtocolError)
    expect(String(failure)).toContain(problem)
  })

  test('a line without an end is refused while it arrives', async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1
        yield Buffer.alloc(4096, 0x61)
      }
    }
    await expect(readBlock(new MessageReader(endless(), signal))).rejects.toThrow('longer than')
    expect(given).toBeLessThan(10)
  })

  test('any bytes are a block or a ProtocolError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const outcome = await read(bytes).catch((error: unknown) => error)
        expect(outcome instanceof Map || outcome instanceof ProtocolError).toBe(true)
      }),
    )
  })

  test('a password is not part of the message', async () => {
    const failure = await read('1\npassword=geheim\u0001\n\n').catch((error: unknown) => String(error))
    expect(failure).not.toContain('geheim')
  })

  test('the rules of the original, when asked for', async () => {
    expect(isOldText('copy from')).toBe(true)
    expect([...'`!#%&(~\\,[]äé'].filter(isOldText)).toEqual([])
    await expect(read('1\npassword=a#b\n\n', { isStrict: true })).rejects.toThrow('Bad data')
    await expect(read('1\n\n\n', { isStrict: true })).rejects.toThrow('Bad data')
    expect((await read('1\na=b\nwhatever\n', { isLenient: true })).get('a')).toBe('b')
  })
})
