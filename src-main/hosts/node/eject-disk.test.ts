import { expect, test } from 'vitest'
import { isRemovable, mountOf } from './eject-disk.ts'

const mountinfo = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
25 22 0:22 / /proc rw - proc proc rw
90 22 8:17 / /media/maren/My\\040Disk rw,nosuid shared:5 - ext4 /dev/sdb1 rw
91 22 0:40 / /media/maren/share rw - fuse.sshfs tower:/srv rw
`

test('a path is on the innermost mount above it, whose name may have spaces', () => {
  expect(mountOf('/media/maren/My Disk/holdfast', mountinfo)).toEqual({
    point: '/media/maren/My Disk',
    device: '/dev/sdb1',
  })
  expect(mountOf('/media/maren/My Disk 2', mountinfo)).toEqual({ point: '/', device: '/dev/sda1' })
  expect(mountOf('/home/maren', '')).toBeUndefined()
})

test('what is plugged in may be taken away; the disk of the system and shares of others may not', () => {
  const at = (path: string) => {
    const mount = mountOf(path, mountinfo)
    return mount !== undefined && isRemovable(mount)
  }
  expect([at('/media/maren/My Disk/x'), at('/home'), at('/media/maren/share/x'), at('/proc/1')]).toEqual([
    true,
    false,
    false,
    false,
  ])
})
