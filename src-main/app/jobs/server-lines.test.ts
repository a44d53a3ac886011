import { expect, test } from 'vitest'
import { serverLines } from './server-lines.ts'

test('lines of a server come without its time, and not without end', () => {
  const heard: string[] = []
  const said = serverLines({ line: (level, message) => heard.push(`${level} ${message}`) })
  said('2024-06-04T11:20:00Z: verify host/elsa')
  said('2024-06-04T13:20:00+02:00: TASK OK')
  said('no time')
  expect(heard).toEqual(['info Server: verify host/elsa', 'info Server: TASK OK', 'info Server: no time'])
  for (let line = 0; line < 5000; line++) said(`line ${line}`)
  expect(heard).toHaveLength(2001)
  expect(heard.at(-1)).toBe('info Server: more lines, which are in its own log.')
})
