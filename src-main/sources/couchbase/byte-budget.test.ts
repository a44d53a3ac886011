import { expect, test } from 'vitest'
import { ByteBudget } from './byte-budget.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

test('bytes are shared out in turn: a later one waits for the earlier ones, however small it is', async () => {
  const budget = new ByteBudget(10n, new AbortController().signal)
  const taken: number[] = []
  const take = (turn: number, bytes: bigint) => budget.take(turn, bytes).then(() => taken.push(turn))
  const all = [take(3, 1n), take(2, 10n), take(0, 4n)]
  await settle()
  expect(taken).toEqual([0])
  budget.pass(1)
  await settle()
  expect(taken).toEqual([0]) // there is no room for the second one
  budget.give(4n)
  await settle()
  expect(taken).toEqual([0, 2])
  budget.give(10n)
  await Promise.all(all)
  expect(taken).toEqual([0, 2, 3])
})

test('what must not wait makes the others wait longer', async () => {
  const budget = new ByteBudget(10n, new AbortController().signal)
  budget.force(8n)
  const take = budget.take(0, 4n)
  budget.pass(0) // it has asked already
  expect(await Promise.race([take.then(() => 'taken'), settle().then(() => 'waits')])).toBe('waits')
  budget.give(8n)
  await take
})

test('whoever waits hears of the end, and more than there is at all is refused', async () => {
  const controller = new AbortController()
  const budget = new ByteBudget(10n, controller.signal)
  await expect(budget.take(0, 11n)).rejects.toThrow(RangeError)
  const waiting = budget.take(1, 1n)
  controller.abort(new Error('over'))
  await expect(waiting).rejects.toThrow('over')
  await expect(budget.take(2, 1n)).rejects.toThrow('over')
})
