import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { testApp, writeTree } from '../testing/test-app.ts'

it('a snapshot is a drive that a WebDAV client reads, and nobody writes to', async () => {
  const t = await testApp()
  const large = 'ä line of text\n'.repeat(40_000)
  writeTree(t.source, { 'letter.txt': 'Dear Maren,\n', 'a & b/ü %41.txt': large, 'a & b/second': '2' })
  symlinkSync('/etc/passwd', join(t.source, 'link'))
  const [job] = await t.client.plans.run({ id: (await t.plan()).id })
  if (job === undefined) throw new Error('no job')
  await t.done(job)
  const [snapshot] = await t.client.snapshots.list({})
  if (snapshot === undefined) throw new Error('no snapshot')
  const { address } = await t.client.snapshots.openDrive({ id: snapshot.id })
  expect(await t.client.snapshots.openDrive({ id: snapshot.id })).toMatchObject({ address })

  // A client of somebody else's making: it walks, lists and reads.
  const into = join(t.folder, 'out')
  mkdirSync(into)
  const cadaver = (...lines: string[]) =>
    new Promise<string>((resolve) => {
      const child = execFile('cadaver', [address], { cwd: into }, (_error, stdout) => resolve(stdout))
      child.stdin?.end(`${lines.join('\n')}\nquit\n`)
    })
  expect(await cadaver('ls', 'cd Documents', 'ls', 'get letter.txt')).toMatch(/Documents[\s\S]*a & b[\s\S]*letter\.txt/)
  expect(readFileSync(join(into, 'letter.txt'), 'utf8')).toBe('Dear Maren,\n')
  expect(await cadaver('cd "Documents/a & b"', 'get "ü %41.txt" large')).not.toContain('failed')
  expect(readFileSync(join(into, 'large'), 'utf8')).toBe(large)
  expect(await cadaver('cd Documents', 'put letter.txt new.txt', 'delete letter.txt', 'mkcol x')).toMatch(
    /failed[\s\S]*failed/,
  )

  const propfind = async (path: string, depth: string) => {
    const answer = await fetch(new URL(path, address), { method: 'PROPFIND', headers: { depth } })
    return { status: answer.status, text: await answer.text() }
  }
  expect((await propfind('Documents/', '1')).text).not.toContain('link')
  expect((await propfind('Documents/link', '0')).status).toBe(404)
  expect((await propfind('', 'infinity')).status).toBe(403)
  expect((await propfind('Documents/none', '0')).status).toBe(404)
  expect((await propfind('../', '1')).status).toBe(404)
  const part = await fetch(new URL('Documents/letter.txt', address), { headers: { range: 'bytes=5-9' } })
  expect([part.status, await part.text()]).toEqual([206, 'Maren'])
  expect((await fetch(address, { method: 'OPTIONS' })).headers.get('dav')).toBe('1')

  // A page that had its own name pointed at this computer, and one that asks across origins.
  const statusWith = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(address, { headers }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end()
    })
  expect(await statusWith({ host: 'evil.example' })).toBe(403)
  expect(await statusWith({ origin: 'https://evil.example' })).toBe(403)

  await t.client.snapshots.closeDrive({ id: snapshot.id })
  await expect(fetch(address, { method: 'OPTIONS' })).rejects.toThrow()
  await t.app.close()
})
