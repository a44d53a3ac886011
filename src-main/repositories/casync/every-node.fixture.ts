import { execFileSync } from 'node:child_process'
import { link, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { canRun } from '../../sources/files/tree-fixture.ts'
import { noise } from '../sample-tree.fixture.ts'

const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' })

/**
 * For tests only: every kind of entry that this machine lets us make, but sockets, which rsync and casync treat each in its
 * way. Each of forty files is `stepBytes` larger than the one before.
 */
export async function makeEveryNode(
  tree: string,
  { largeBytes, stepBytes }: { readonly largeBytes: number; readonly stepBytes: number },
): Promise<void> {
  const at = (name: string) => path.join(tree, name)
  await mkdir(at('folder/deep/empty'), { recursive: true })
  for (let i = 0; i < 40; i++) await writeFile(at(`folder/file ${i}`), noise(`file ${i}`, i * stepBytes))
  await writeFile(at('large'), noise('large', largeBytes))
  await writeFile(at('folder/żółć\n'), 'odd name')
  await writeFile(at('empty'), '')
  run('ln', '-s', '../nowhere', at('folder/link'))
  run('mkfifo', at('pipe'))
  run('chmod', '4751', at('folder/file 3'))
  run('chmod', '1777', at('folder/deep'))
  run('touch', '-h', '-d', '2001-02-03T04:05:06.789012345Z', at('folder/link'), at('large'), at('folder/file 7'))
  const acl = 'u:1234:rw,g:4321:r,m::rwx'
  canRun('setfacl', '-m', acl, at('folder/file 5'))
  canRun('setfacl', '-m', `${acl},d:u:1234:rwx`, at('folder/deep'))
  canRun('setfattr', '-n', 'user.note', '-v', 'of a folder', at('folder'))
  canRun('setfattr', '-n', 'user.note', '-v', 'of a file', at('large'))
  if (process.getuid?.() !== 0) return
  run('chown', '1234:4321', at('folder/file 9'))
  // Those have names, which the archive keeps.
  run('chown', '-h', 'daemon:nogroup', at('folder/file 10'), at('folder/deep'), at('folder/link'))
  canRun('setfacl', '-m', 'u:daemon:r,g:nogroup:rwx,d:u:daemon:rw', at('folder/deep'))
  canRun('setfattr', '-n', 'security.selinux', '-v', '0x75736572313a726f6c653a747970653a733000', at('folder/file 6'))
  canRun('setfattr', '-n', 'trusted.note', '-v', 'for root', at('large'))
  canRun('setcap', 'cap_net_raw=ep', at('folder/file 11'))
  canRun('mknod', at('device'), 'c', '1', '3')
  canRun('chattr', '+d', at('folder/file 12'))
}

/** For tests only. A server takes the name it listened on away with it, but no second one. */
export async function makeSocket(place: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(`${place}.listening`, resolve))
  await link(`${place}.listening`, place)
  await new Promise((resolve) => server.close(resolve))
}
