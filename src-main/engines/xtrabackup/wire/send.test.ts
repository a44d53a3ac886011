import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { endStream, send } from './send.ts'

test('waits for whoever is slow, and goes on', async () => {
  const slow = new PassThrough({ highWaterMark: 10 })
  let isSent = false
  const sending = send(slow, Buffer.alloc(100)).then(() => {
    isSent = true
  })
  await new Promise(setImmediate)
  expect(isSent).toBe(false)
  slow.resume()
  await sending
})

test('19: whoever takes nothing any more is let go', async () => {
  const stuck = new Writable({ highWaterMark: 10, write() {} })
  stuck.on('error', () => {})
  await expect(send(stuck, Buffer.alloc(100), 20)).rejects.toThrow('takes nothing any more')
  expect(stuck.destroyed).toBe(true)
  await expect(send(stuck, 'more')).rejects.toThrow('closed')
})

test('20: whoever goes away while one waits is an error', async () => {
  const gone = new PassThrough({ highWaterMark: 10 })
  const sending = send(gone, Buffer.alloc(100))
  gone.destroy()
  await expect(sending).rejects.toThrow('closed the connection')
})

test('an end that nobody takes does not wait for ever', async () => {
  const stuck = new Writable({ highWaterMark: 10, write() {} })
  stuck.write(Buffer.alloc(100))
  await endStream(stuck, 20)
  expect(stuck.destroyed).toBe(true)
})
