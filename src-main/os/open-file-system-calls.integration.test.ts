import {
  closeSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openFileSystemCalls, openPortableCalls } from './open-file-system-calls.ts'

const platforms = { native: openFileSystemCalls(), portable: openPortableCalls() }
const name = Buffer.from([0x6e, 0xff])

describe.each(['native', 'portable'] as const)('%s file system calls', (which) => {
  const calls = platforms[which]

  function prepare() {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-os-'))
    const directory = calls.openDirectory(Buffer.from(folder))
    onTestFinished(() => {
      directory.close()
      rmSync(folder, { recursive: true, force: true })
    })
    return { folder, directory }
  }

  it('give a new file its name only when it is published, and never over another', () => {
    const { folder, directory } = prepare()
    const file = directory.createFile()
    writeSync(file.fd, 'x')
    file.setModified(1_000_000_000_123_456_000n)
    file.publish(name, 'new')
    file.close()
    const second = directory.createFile()
    expect(() => second.publish(name, 'new')).toThrow(expect.objectContaining({ code: 'EEXIST' }))
    second.close()
    expect(directory.names()).toEqual([name])
    expect(directory.lstat(name)).toMatchObject({ kind: 'file', sizeBytes: 1n })
    const off = Number(directory.lstat(name).mtimeNs - 1_000_000_000_123_456_000n)
    expect(Math.abs(off)).toBeLessThanOrEqual(calls.capabilities.nanoseconds ? 0 : 1000)
    const third = directory.createFile()
    writeSync(third.fd, 'yy')
    third.publish(name, 'replace')
    third.close()
    expect(readFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), 'utf8')).toBe('yy')
    const dropped = directory.createFile()
    dropped.close()
    expect(readdirSync(folder).length).toBe(1)
  })

  it('do not follow links', () => {
    const { folder, directory } = prepare()
    writeFileSync(join(folder, 'f'), 'x')
    symlinkSync('f', join(folder, 'l'))
    symlinkSync('.', join(folder, 'd'))
    expect(directory.lstat(Buffer.from('l')).kind).toBe('symlink')
    expect(() => closeSync(directory.openFile(Buffer.from('l')))).toThrow(expect.objectContaining({ code: 'ELOOP' }))
    expect(() => directory.openDirectory(Buffer.from('d'))).toThrow()
  })

  it('fail with the codes that Node uses', () => {
    const { directory } = prepare()
    expect(() => directory.lstat(Buffer.from('none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => directory.lstat(Buffer.alloc(9000, 'n'))).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }))
  })

  it('say the same as each other', () => {
    const { folder, directory } = prepare()
    writeFileSync(join(folder, 'f'), 'content')
    const other = platforms.portable.openDirectory(Buffer.from(folder))
    const { device: _, ...status } = directory.lstat(Buffer.from('f'))
    expect(other.lstat(Buffer.from('f'))).toMatchObject(status)
    other.close()
  })
})
