import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldersAbove, MountTable, parseMounts } from './mount-table.ts'

const mountinfo = `22 1 0:30 /@ / rw,relatime shared:1 - btrfs /dev/sda2 rw,space_cache=v2,subvolid=256,subvol=/@
25 22 0:22 / /proc rw - proc proc rw
90 22 0:30 /@home /home rw,noatime shared:5 master:2 - btrfs /dev/sda2 rw,space_cache=v2
91 90 8:17 / /home/my\\040disk ro,nosuid - ext4 /dev/sdb1 ro
92 22 0:41 / /home/my\\040disk rw - tmpfs tmpfs rw

a line that is none
`

describe('a line of mountinfo', () => {
  it('says what is mounted where, with blanks in names and any number of optional fields', () => {
    const [root, , home, disk] = parseMounts(mountinfo)
    expect(root).toMatchObject({ root: '/@', point: '/', fileSystem: 'btrfs', device: '0:30' })
    expect(home).toMatchObject({ root: '/@home', point: '/home', source: '/dev/sda2', options: ['rw', 'noatime'] })
    expect(disk).toMatchObject({ point: '/home/my disk', options: ['ro', 'nosuid'], superOptions: ['ro'] })
    expect(parseMounts(mountinfo)).toHaveLength(5)
    expect(parseMounts('')).toEqual([])
  })
})

describe('a path', () => {
  const table = new MountTable(parseMounts(mountinfo))

  it('is on the mount that the kernel goes to, not on one that another hides', () => {
    const at = (path: string) => table.at(path)?.id
    expect([at('/'), at('/etc'), at('/proc/1'), at('/home'), at('/homes'), at('/home/anna')]).toEqual([
      22, 22, 25, 90, 22, 90,
    ])
    // 92 was mounted on the root's own folder before /home came over it
    expect([at('/home/my disk'), at('/home/my disk/x')]).toEqual([91, 91])
    expect(new MountTable([]).at('/home')).toBeUndefined()
  })

  it('sees the mounts below it', () => {
    expect(table.below('/').map(({ id }) => id)).toEqual([25, 90, 91])
    expect(table.below('/home').map(({ id }) => id)).toEqual([91])
    expect(table.below('/home/my disk')).toEqual([])
  })

  it('of a mount on top of another leads to the upper one', () => {
    const stacked = new MountTable(parseMounts(`${mountinfo}93 91 0:50 / /home/my\\040disk rw - tmpfs tmpfs rw\n`))
    expect(stacked.at('/home/my disk/x')?.id).toBe(93)
    expect(stacked.below('/home').map(({ id }) => id)).toEqual([93])
  })
})

it('where every mount is on the one before it, the innermost point above a path is where it is', () => {
  const names = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 })
  fc.assert(
    fc.property(fc.uniqueArray(names.map((parts) => `/${parts.join('/')}`)), names, (points, parts) => {
      const sorted = ['/', ...points.filter((point) => point !== '/').sort()]
      const rows = sorted.map((point, id) => {
        const parent = sorted.findLastIndex((other, at) => at < id && (other === '/' || point.startsWith(`${other}/`)))
        return `${id} ${parent < 0 ? 999 : parent} 0:${id} / ${point} rw - ext4 /dev/x${id} rw`
      })
      const path = `/${parts.join('/')}`
      const expected = [path, ...foldersAbove(path).toReversed()].find((above) => sorted.includes(above))
      expect(new MountTable(parseMounts(rows.join('\n'))).at(path)?.point).toBe(expected)
    }),
  )
})

it('the folders above a path begin with the root', () => {
  expect(foldersAbove('/a/b/c')).toEqual(['/', '/a', '/a/b'])
  expect([foldersAbove('/'), foldersAbove('/a')]).toEqual([[], ['/']])
})
