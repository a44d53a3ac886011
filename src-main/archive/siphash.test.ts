import { expect, test } from 'vitest'
import { goodbyeKey } from './catar/goodbye-key.ts'
import { sipHash24 } from './siphash.ts'

test.each([
  ['', 0xb64acab6ca921906n],
  ['a', 0x51ba5a19e058c7adn],
  ['f', 0x61cffdbff93ec8e0n],
  ['link', 0xf922bf6d7bb3dfafn],
  ['hello.txt', 0x768166ec6f1259fbn],
  ['.caexclude', 0x3894e83fb6320d37n],
  ['żółć', 0x269b014d8df12658n],
])('%j has the hash of the specification (casync, appendix B)', (name, expected) => {
  const halves = new Uint32Array(2)
  sipHash24(goodbyeKey, new TextEncoder().encode(name), halves)
  expect(((BigInt(halves[1] ?? 0) << 32n) | BigInt(halves[0] ?? 0)).toString(16)).toBe(expected.toString(16))
})

test('the reference vector of SipHash-2-4', () => {
  const word = (from: number): { low: number; high: number } => {
    const view = new DataView(Uint8Array.from({ length: 16 }, (_, i) => i).buffer)
    return { low: view.getInt32(from, true), high: view.getInt32(from + 4, true) }
  }
  const halves = new Uint32Array(2)
  sipHash24(
    { key0: word(0), key1: word(8) },
    Uint8Array.from({ length: 15 }, (_, i) => i),
    halves,
  )
  // Aumasson and Bernstein, SipHash, appendix A: 0xa129ca6149be45e5.
  expect([...halves].map((half) => half.toString(16))).toEqual(['49be45e5', 'a129ca61'])
})
