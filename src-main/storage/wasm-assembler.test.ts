import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  constant,
  doIf,
  get,
  i32,
  i32x4,
  instantiate,
  leave,
  load,
  loadVector,
  loopWhile,
  set,
  store,
  tee,
} from './wasm-assembler.ts'

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

test('constants of every size come through', () => {
  fc.assert(
    fc.property(int, (value) => {
      expect(instantiate({ parameters: 0, words: 0, vectors: 0, body: constant(value) }).run()).toBe(value)
    }),
  )
})

test('arithmetic, memory and loops', () => {
  const [count, sum] = [0, 1]
  // sum = rotl(sum, 1) ^ (count << 3 & 0xff) + memory[4]; while 0 <u --count
  const body = [
    ...loopWhile(
      [
        ...[...get(sum), ...constant(1), ...i32.rotateLeft],
        ...[...get(count), ...constant(3), ...i32.shiftLeft, ...constant(0xff), ...i32.and, ...i32.xor],
        ...[...constant(0), ...load(4), ...i32.add, ...set(sum)],
      ],
      [...constant(0), ...get(count), ...constant(-1), ...i32.add, ...tee(count), ...i32.lessThanUnsigned],
    ),
    ...[...constant(8), ...get(sum), ...store(0)],
    ...[...get(sum), ...constant(1), ...i32.shiftRightUnsigned],
  ]
  const { run, memory } = instantiate({ parameters: 1, words: 1, vectors: 1, body })
  const words = new Int32Array(memory.buffer)
  words[1] = 77
  let expected = 0
  for (let at = 9; at > 0; at--) expected = ((((expected << 1) | (expected >>> 31)) ^ ((at << 3) & 0xff)) + 77) | 0
  expect(run(9)).toBe(expected >>> 1)
  expect(words[2]).toBe(expected)
})

test('four at once, signed', () => {
  const other = 1
  // any (m & p) >= p ?
  const body = [
    ...[...get(0), ...i32x4.splat, ...set(other), ...constant(0), ...loadVector(0), ...get(other), ...i32x4.and],
    ...[...get(other), ...i32x4.greaterOrEqualSigned, ...i32x4.anyTrue],
  ]
  const { run, memory } = instantiate({ parameters: 1, words: 0, vectors: 1, body })
  const words = new Int32Array(memory.buffer)
  fc.assert(
    fc.property(fc.array(int, { minLength: 4, maxLength: 4 }), int, (values, p) => {
      words.set(values)
      expect(run(p)).toBe(values.some((m) => (m & p) >= p) ? 1 : 0)
    }),
  )
})

test('four at once', () => {
  const other = 1
  // any (m ^ p | m) >= p ?
  const body = [
    ...[...get(0), ...i32x4.splat, ...set(other), ...constant(0), ...loadVector(0), ...get(other), ...i32x4.xor],
    ...[...constant(0), ...loadVector(0), ...i32x4.or, ...get(other), ...i32x4.greaterOrEqualSigned, ...i32x4.anyTrue],
  ]
  const { run, memory } = instantiate({ parameters: 1, words: 0, vectors: 1, body })
  const words = new Int32Array(memory.buffer)
  fc.assert(
    fc.property(fc.array(int, { minLength: 4, maxLength: 4 }), int, (values, p) => {
      words.set(values)
      expect(run(p)).toBe(values.some((m) => ((m ^ p) | m) >= p) ? 1 : 0)
    }),
  )
})

test('a branch that ends the function, or is passed over', () => {
  const [value, inverse] = [0, 1]
  // rotr(value * inverse, 3) <=u 1000 ? value : -1
  const isSmall = [
    ...[...get(value), ...get(inverse), ...i32.multiply, ...constant(3), ...i32.rotateRight],
    ...[...constant(1000), ...i32.lessOrEqualUnsigned],
  ]
  const body = [...doIf(isSmall, [...get(value), ...leave]), ...constant(-1)]
  const { run } = instantiate({ parameters: 2, words: 0, vectors: 0, body })
  expect([run(8000, 1), run(8008, 1), run(8001, 1), run(-8, 1), run(-8, -1)]).toEqual([8000, -1, -1, -1, -8])
})
