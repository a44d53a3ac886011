import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { hasCasync, runCasyncAside } from '../casync-program.fixture.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { readIndexed } from '../operations/read-indexed.ts'
import { vector } from '../vectors.fixture.ts'
import { HttpStore } from './http-store.ts'
import { readHttpFile } from './read-http-file.ts'

const { signal } = new AbortController()
const root = fileURLToPath(new URL('../testdata/protocol', import.meta.url))
const whole = vector('protocol/multi.bin')
const index = CasyncIndex.parse(vector('protocol/multi.caibx'))
const quick = { firstPauseMs: 1, silenceMs: 60_000 }

type Trouble = (request: IncomingMessage, response: ServerResponse, number: number) => boolean

let server: Server
let base: string
let requests: IncomingMessage[]
/** Answers in place of the server when it returns true. */
let trouble: Trouble

beforeEach(async () => {
  requests = []
  trouble = () => false
  server = createServer((request, response) => {
    requests.push(request)
    if (trouble(request, response, requests.length)) return
    const file = path.join(root, decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname))
    readFile(file).then(
      (bytes) => {
        const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
        response.setHeader('etag', '"one"')
        if (from === undefined) return response.end(bytes)
        response.statusCode = 206
        response.setHeader('content-range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`)
        return response.end(bytes.subarray(Number(from)))
      },
      () => {
        response.statusCode = 404
        response.end('there is no such thing here')
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listening on a port, so it is no pipe
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const fail = (response: ServerResponse, status: number): true => {
  response.statusCode = status
  response.end()
  return true
}

describe('P-20: a store behind http', () => {
  test('chunks come from where casync looks for them, several at once', async () => {
    const store = new HttpStore(`${base}/default.castr/?token=1;more`, quick)
    expect(Buffer.concat(await Array.fromAsync(readIndexed(index, store, {}, signal))).equals(whole)).toBe(true)
    const id = index.digestAt(0)
    expect(requests.map(({ url }) => url)).toContain(`/default.castr/${id.slice(0, 4)}/${id}.cacnk`)
    expect(new Set(requests.map(({ socket }) => socket)).size).toBeGreaterThan(1)
    expect([await store.has(id, signal), await store.has('f'.repeat(64) as Digest, signal)]).toEqual([true, false])
    expect(await store.get('f'.repeat(64) as Digest, {}, signal)).toBeUndefined()
  })

  test('what fails in passing is tried again, a login that is refused is not', async () => {
    const store = new HttpStore(`${base}/default.castr`, { ...quick, authorization: 'Bearer secret' })
    trouble = (request, response, number) => {
      if (number === 1) return fail(response, 503)
      if (number > 2) return false
      request.socket.destroy()
      return true
    }
    expect((await store.get(index.digestAt(0), {}, signal))?.length).toBe(index.at(0).sizeBytes)
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer secret'))
    for (const [status, code] of [
      [401, 'auth/denied'],
      [400, 'repository/unreachable'],
      [500, 'repository/unreachable'],
    ] as const) {
      requests = []
      trouble = (_, response) => fail(response, status)
      const failure = await store.get(index.digestAt(0), {}, signal).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code })
      expect(String(failure)).not.toContain('secret')
      expect(requests.length).toBe(status === 500 ? 5 : 1)
    }
  })

  test('a server that says nothing, says something else, or compresses what is compressed', async () => {
    trouble = () => true
    const hasty = new HttpStore(`${base}/default.castr`, { firstPauseMs: 1, silenceMs: 60, attempts: 2 })
    await expect(hasty.get(index.digestAt(0), {}, signal)).rejects.toMatchObject({ code: 'repository/unreachable' })
    const store = new HttpStore(`${base}/default.castr`, { ...quick, attempts: 2 })
    trouble = (_, response) => {
      response.end('<html>')
      return true
    }
    await expect(store.get(index.digestAt(0), {}, signal)).rejects.toMatchObject({ code: 'chunk/corrupt' })
    trouble = (_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end('x')
      return true
    }
    await expect(store.get(index.digestAt(0), {}, signal)).rejects.toMatchObject({ code: 'repository/unsupported' })
    expect(() => new HttpStore('ftp://host/x')).toThrow('no http')
  })
})

describe('P-20: files behind http', () => {
  const read = async (name: string, maxBytes = 1 << 20): Promise<Buffer> =>
    Buffer.concat(await Array.fromAsync(readHttpFile(`${base}/${name}`, { ...quick, maxBytes }, signal)))

  test('an index comes as it is; none, and one that is too long, are errors', async () => {
    expect((await read('multi.caibx?token=1')).equals(vector('protocol/multi.caibx'))).toBe(true)
    await expect(read('none.caibx')).rejects.toMatchObject({ code: 'path/not-found' })
    await expect(read('multi.caibx', 100)).rejects.toMatchObject({ code: 'repository/unsupported' })
  })

  test('one that breaks off goes on where it was', async () => {
    trouble = (_, response, number) => {
      if (number > 1) return false
      response.writeHead(200, { etag: '"one"', 'content-length': whole.length })
      response.write(whole.subarray(0, 5000), () => response.destroy())
      return true
    }
    expect((await read('multi.bin', whole.length)).equals(whole)).toBe(true)
    expect(requests[1]?.headers).toMatchObject({ range: expect.stringMatching(/^bytes=\d+-$/), 'if-range': '"one"' })
  })

  test.each([
    ['changed meanwhile', '"one"', 'changed'],
    ['cannot be told from another version', 'W/"one"', 'broke'],
  ])('one that %s is not put together', async (_, etag, reason) => {
    trouble = (request, response) => {
      response.writeHead(200, { etag, 'content-length': whole.length })
      if (request.headers.range === undefined) response.write(whole.subarray(0, 5000), () => response.destroy())
      else response.end(whole)
      return true
    }
    await expect(read('multi.bin', whole.length)).rejects.toThrow(reason)
  })

  test('one that never comes any further is given up', async () => {
    trouble = (_, response) => {
      response.writeHead(200, { etag: '"one"', 'content-length': 10 })
      response.flushHeaders()
      response.destroy()
      return true
    }
    await expect(read('multi.bin')).rejects.toMatchObject({ code: 'repository/unreachable' })
  })
})

if (!hasCasync) {
  test('no web server was tried with the real program: casync is not on the PATH', () => {
    console.warn('casync is not installed: the http store was not compared with the real program')
  })
}

test.runIf(hasCasync)('P-20: the real casync reads the same store over http', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'casync-http-'))
  try {
    await cp(path.join(root, 'multi.caibx'), path.join(folder, 'local.caibx'))
    for (const name of [`${base}/multi.caibx?token=1`, path.join(folder, 'local.caibx')]) {
      const target = path.join(folder, 'out.bin')
      const result = await runCasyncAside([`--store=${base}/default.castr`, 'extract', name, target])
      expect(result).toMatchObject({ status: 0 })
      expect((await readFile(target)).equals(whole)).toBe(true)
      await rm(target)
    }
    const paths = requests.map(({ url }) => url)
    const id = index.digestAt(0)
    expect(paths).toContain('/multi.caibx?token=1')
    expect(paths).toContain(`/default.castr/${id.slice(0, 4)}/${id}.cacnk`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
