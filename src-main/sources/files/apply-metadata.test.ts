import { expect, test } from 'vitest'
import type { Metadata } from '../../archive/tree.ts'
import type { WritableNode } from '../../os/file-system-calls.ts'
import { applyMetadata } from './apply-metadata.ts'

const metadata: Metadata = { permissions: 0o644, uid: 4242, gid: 4343, mtimeNs: 0n, flags: 0n, xattrs: [] }
const owners = {
  userId: (name: string) => (name === 'elsa' ? 7 : undefined),
  groupId: (name: string) => (name === 'wheel' ? 0 : undefined),
}

/** A node that writes down what is done to it. */
function apply(more: Partial<Metadata>): { readonly done: string[]; readonly warned: string[] } {
  const done: string[] = []
  const warned: string[] = []
  const node: WritableNode = {
    setOwner: (uid, gid) => void done.push(`owner ${uid}:${gid}`),
    setPermissions: (permissions) => void done.push(`mode ${permissions.toString(8)}`),
    setModified: () => {},
    setXattr: (name, value) => void done.push(`${Buffer.from(name)}=${Buffer.from(value).toString('latin1')}`),
    removeXattr: () => {},
    setFlags: () => {},
    setProjectId: (id) => void done.push(`project ${id}`),
    close: () => {},
  }
  const carryOver = { owner: true, permissions: true, times: true, attributes: true, links: true }
  const options = { carryOver, owners, warn: (_: string, reason: string) => void warned.push(reason) }
  applyMetadata(node, 'file', { ...metadata, ...more }, options)
  return { done, warned }
}

test('an owner goes by the name in the archive where it means somebody here, else by number', () => {
  expect(apply({ ownerName: 'elsa', groupName: 'wheel' }).done).toContain('owner 7:0')
  expect(apply({ ownerName: 'somebody', groupName: 'elsewhere' }).done).toContain('owner 4242:4343')
  expect(apply({}).done).toContain('owner 4242:4343')
})

test('a label of SELinux ends in NUL on disk', () => {
  expect(apply({ selinuxLabel: Buffer.from('u:r:t:s0'), quotaProjectId: 9n }).done).toEqual([
    'owner 4242:4343',
    'security.selinux=u:r:t:s0\0',
    'project 9',
    'mode 644',
  ])
})
