import { expect, test } from 'vitest'
import { nextBottleneck, noBottleneck } from './bottleneck.ts'

const stages = (read: number, write: number) => [
  { name: 'read', busy: read },
  { name: 'write', busy: write },
]

test('the first bottleneck shows at once', () => {
  expect(nextBottleneck(noBottleneck, stages(0.1, 0.98), 1000).shown).toBe('write')
})

test('another one must hold for five seconds', () => {
  let state = nextBottleneck(noBottleneck, stages(0.1, 0.98), 1000)
  state = nextBottleneck(state, stages(0.99, 0.2), 2000)
  expect(state.shown).toBe('write')
  state = nextBottleneck(state, stages(0.99, 0.2), 6900)
  expect(state.shown).toBe('write')
  state = nextBottleneck(state, stages(0.99, 0.2), 7000)
  expect(state.shown).toBe('read')
})

test('a short dip changes nothing', () => {
  let state = nextBottleneck(noBottleneck, stages(0.1, 0.98), 1000)
  state = nextBottleneck(state, stages(0.99, 0.2), 2000)
  state = nextBottleneck(state, stages(0.1, 0.98), 3000)
  state = nextBottleneck(state, stages(0.99, 0.2), 7500)
  expect(state.shown).toBe('write')
})

test('idle stages have no bottleneck', () => {
  expect(nextBottleneck(noBottleneck, stages(0.2, 0.3), 1000).shown).toBeUndefined()
})
