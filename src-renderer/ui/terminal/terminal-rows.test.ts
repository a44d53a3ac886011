import { expect, test } from 'vitest'
import type { TerminalEvent } from '../../../src-shared/model/remote-job.ts'
import { addOutput, emptyTerminal, MOST_ROWS, plainText, rowText } from './terminal-rows.ts'

const line = (text: string, isOpen = false): TerminalEvent => ({
  kind: 'line',
  at: 0,
  text,
  style: '',
  color: '',
  isOpen,
})
const raw = (text: string, isError = false): TerminalEvent => ({ kind: 'raw', at: 0, text, isError })
const step = (id: number, text: string, status: string, output = ''): TerminalEvent => ({
  kind: 'step',
  at: 0,
  id,
  isClosed: false,
  text,
  status,
  output,
})

function shown(...events: TerminalEvent[]): string[] {
  return addOutput(emptyTerminal, { buffered: false, events }).rows.map(rowText)
}

test('a line goes on where an open one ended', () => {
  expect(shown(line('one ', true), line('two'), line('three'))).toEqual(['one two', 'three'])
})

test('bytes of one stream are one text; the other stream begins anew', () => {
  expect(shown(raw('a'), raw('b\n'), raw('bad', true), raw('c'))).toEqual(['ab\n', 'bad', 'c'])
})

test('a step changes in its place, and a new group has steps of its own', () => {
  const group: TerminalEvent = { kind: 'step-group', at: 0, isClosed: true }
  expect(
    shown(step(1, 'Pack', 'running', 'x'), line('between'), step(1, '', 'ok', 'y'), group, step(1, 'Send', 'ok')),
  ).toEqual(['Pack ok\nxy', 'between', 'Send ok'])
})

test('pieces that come later are added to what is there; memory is bounded', () => {
  let state = emptyTerminal
  for (let i = 0; i < MOST_ROWS + 5; i++) state = addOutput(state, { buffered: true, events: [line(String(i))] })
  expect(state.rows).toHaveLength(MOST_ROWS)
  expect(state.isCut).toBe(true)
  expect(new Set(state.rows.map(({ key }) => key)).size).toBe(MOST_ROWS)
  expect(state.rows.at(-1)).toMatchObject({ text: String(MOST_ROWS + 4) })
})

test('what would move or colour a terminal is taken out', () => {
  expect(plainText('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x')).toBe('red x')
  expect(plainText('10 %\r50 %\r100 %\nnext\r\nend')).toBe('100 %\nnext\nend')
  expect(plainText('a\u0007b\tc')).toBe('ab\tc')
})
