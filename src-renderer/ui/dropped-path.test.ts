import { expect, test } from 'vitest'
import { droppedPath } from './dropped-path.ts'

const drop = (text: string) => droppedPath({ getData: () => text })

test('a dropped folder is found among the lines of the drag', () => {
  expect(drop('# comment\r\nfile:///home/maren/My%20files/\r\n')).toBe('/home/maren/My files')
  expect(drop('file:///C:/Users/Maren')).toBe('C:\\Users\\Maren')
})

test('what is not a local address is no path', () => {
  expect(drop('https://example.org/')).toBeUndefined()
  expect(drop('file:///%E0%A4%A')).toBeUndefined()
  expect(drop('')).toBeUndefined()
})
