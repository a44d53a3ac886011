import { describe, expect, it } from 'vitest'
import { typedFolder } from './typed-folder.ts'

describe('a folder that was typed', () => {
  it.each([
    ['/srv/music', '/srv/music'],
    [' /srv//music/ ', '/srv/music'],
    ['/', '/'],
    ['Scores', '/home/maren/Scores'],
    ['./Scores/', '/home/maren/Scores'],
    ['../ole', '/home/ole'],
    ['/../../etc', '/etc'],
    ['~', '/home/maren'],
    ['~/Music', '/home/maren/Music'],
    ['~music', '/home/maren/~music'],
    ['D:\\Music', 'D:\\Music'],
  ])('%s is %s', (typed, folder) => {
    expect(typedFolder(typed, '/home/maren', '/home/maren')).toBe(folder)
  })

  it('begins at the root where no folder is shown', () => {
    expect(typedFolder('srv', '', '/home/maren')).toBe('/srv')
  })
})
