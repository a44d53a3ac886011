import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import {
  archivePath,
  chunkPath,
  formatSnapshotRef,
  formatSnapshotTime,
  groupFolder,
  isArchiveName,
  isSafeId,
  isTemporaryName,
  namespaceFolder,
  parseChunkName,
  parseNamespace,
  parseSnapshotTime,
  snapshotFolder,
} from './layout.ts'

const hex = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9'
const elsa: SnapshotRef = { namespace: 'a/b', type: 'host', backupId: 'elsa', time: 1_593_179_765 }

describe('layout of a datastore', () => {
  it('puts chunks, groups and snapshots where PBS does', () => {
    expect([
      chunkPath('/s', hex as Digest),
      namespaceFolder('/s', ''),
      groupFolder('/s', elsa),
      snapshotFolder('/s', elsa, 'linux'),
      formatSnapshotRef(elsa),
    ]).toEqual([
      `/s/.chunks/b94d/${hex}`,
      '/s',
      '/s/ns/a/ns/b/host/elsa',
      '/s/ns/a/ns/b/host/elsa/2020-06-26T13:56:05Z',
      'host/elsa/2020-06-26T13:56:05Z',
    ])
  })

  it('spares Windows the colon, and reads both forms', () => {
    const name = path.basename(snapshotFolder('/s', elsa, 'win32'))
    expect(name).not.toContain(':')
    expect(parseSnapshotTime(name)).toBe(elsa.time)
  })

  it('gives every second its text and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 253_402_300_799 }), (time) => {
        expect(parseSnapshotTime(formatSnapshotTime(time))).toBe(time)
      }),
    )
  })

  it.each([
    '2021-02-30T00:00:00Z',
    '2021-02-03T24:00:00Z',
    '2021-02-03T00:00:60Z',
    '1970-01-01T00:00:00Z',
    '2021-02-03T00:00:00',
    '2021-2-3T00:00:00Z',
    '2021-02-03 00:00:00Z',
    '+002021-02-03T00:00:00Z',
    '',
  ])('takes %j for no snapshot', (name) => {
    expect(parseSnapshotTime(name)).toBeUndefined()
  })

  it.each([0, -1, 1.5, Number.NaN, 253_402_300_800])('refuses %d as a time', (time) => {
    expect(() => formatSnapshotTime(time)).toThrow('backup time')
  })

  it.each(['..', '.', '.hidden', '-x', 'a/b', 'a\0b', 'ä', '', 'a b', 'x'.repeat(256)])(
    'refuses %j as a name',
    (name) => {
      expect(isSafeId(name)).toBe(false)
      expect(() => groupFolder('/s', { ...elsa, backupId: name })).toThrow('backup id')
      expect(() => archivePath('/s', elsa, `${name}/../x.blob`)).toThrow('archive name')
    },
  )

  it.each(['a//b', '/a', 'a/', '../a', 'a/b/c/d/e/f/g/h', `${'x'.repeat(200)}/${'y'.repeat(56)}`])(
    'refuses %j as a namespace',
    (namespace) => {
      expect(() => parseNamespace(namespace)).toThrow('namespace')
    },
  )

  it('takes seven levels and 256 characters of namespace', () => {
    expect(parseNamespace('a/b/c/d/e/f/g')).toHaveLength(7)
    expect(parseNamespace(`${'x'.repeat(200)}/${'y'.repeat(55)}`)).toHaveLength(2)
  })

  it('never builds a path that leaves the store, whatever the names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (namespace, backupId, filename) => {
        let built: string
        try {
          built = archivePath('/s', { ...elsa, namespace, backupId }, filename)
        } catch {
          return
        }
        expect(built.startsWith('/s/')).toBe(true)
        expect(path.normalize(built)).toBe(built)
      }),
    )
  })

  it('refuses a digest that is none, whatever its type says', () => {
    expect(() => chunkPath('/s', '../../etc/passwd' as Digest)).toThrow('digest')
  })

  it('tells chunks, bad copies and temporary files apart', () => {
    expect([hex, `${hex}.0.bad`, `${hex}.10.bad`, `${hex}.tmp_ab12`, 'x'].map(parseChunkName)).toEqual([
      { digest: hex, isBad: false },
      { digest: hex, isBad: true },
      undefined,
      undefined,
      undefined,
    ])
    expect([`${hex}.tmp_ab12`, 'index.json.blob', 'a.tmp_didx'].map(isTemporaryName)).toEqual([true, false, true])
  })

  it.each(['root.pxar.didx', 'drive-scsi0.img.fidx', 'index.json.blob'])('takes %s for an archive', (name) => {
    expect(isArchiveName(name)).toBe(true)
  })

  it.each(['root.pxar', 'a.tmp_didx', 'index.json.blob.tmp_1', 'owner', '.index.json.lck', '.x.blob'])(
    'takes %s for no archive',
    (name) => {
      expect(isArchiveName(name)).toBe(false)
    },
  )
})
