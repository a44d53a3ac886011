import { expect, test } from 'vitest'
import { UploadWindow } from './upload-window.ts'

test('uploads are bounded in number and in bytes, and served in line', async () => {
  for (const [bytes, expected] of [
    [1, 32],
    [16 << 20, 4],
    [128 << 20, 1],
  ] as const) {
    const window = new UploadWindow()
    const order: number[] = []
    let [running, most] = [0, 0]
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        window.run(bytes, async () => {
          order.push(i)
          most = Math.max(most, ++running)
          await new Promise((resolve) => setImmediate(resolve))
          running--
        }),
      ),
    )
    expect(most).toBe(expected)
    expect(order).toEqual(Array.from({ length: 100 }, (_, i) => i))
  }
})

test('a failed upload makes room like any other', async () => {
  const window = new UploadWindow()
  const failing = () => window.run(128 << 20, () => Promise.reject(new Error('cut')))
  await expect(Promise.all([failing(), failing()])).rejects.toThrow('cut')
  expect(await window.run(128 << 20, async () => 'through')).toBe('through')
})
