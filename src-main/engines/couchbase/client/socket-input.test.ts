import { expect, test } from 'vitest'
import { SocketInput } from './socket-input.ts'

/** As a socket does: asks where to put bytes, and says how many it has put there. Returns false when it is to pause. */
function put(input: SocketInput, count: number, byte: number): boolean {
  input.buffer().fill(byte, 0, count)
  return input.callback(count)
}

async function drain(input: SocketInput): Promise<number> {
  let count = 0
  for (let piece = await input.next(); piece; piece = await input.next()) count += piece.length
  return count
}

test('a reader that is slow pauses the socket, and reading on resumes it', async () => {
  let resumed = 0
  const input = new SocketInput(() => {
    resumed += 1
  })
  let sent = 0
  do sent += 16_384
  while (put(input, 16_384, 1))
  expect(sent).toBeLessThanOrEqual(1 << 20)
  input.finish()
  expect(await drain(input)).toBe(sent)
  expect(resumed).toBe(1)
})

test('what TLS still hands over while it is paused is taken, and the pause ends when there is room again', async () => {
  let resumed = 0
  const input = new SocketInput(() => {
    resumed += 1
  })
  let sent = 16_384
  while (put(input, 16_384, 1)) sent += 16_384
  for (let record = 0; record < 4; record++) {
    expect(put(input, 16_384, 2)).toBe(false)
    sent += 16_384
  }
  input.finish()
  expect(await drain(input)).toBe(sent)
  expect(resumed).toBe(1)
})
