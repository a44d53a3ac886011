import { request } from 'node:http'
import { expect } from '@playwright/test'
import { findHost } from '../harness/find-host.ts'
import { test } from '../harness/test.ts'

test('the page has no Node and reaches nothing but its own origin', async ({ window }) => {
  await window.waitForLoadState('networkidle')
  const facts = await window.evaluate(async () => {
    const attempt = async (work: () => Promise<unknown>) => {
      try {
        await work()
        return 'allowed'
      } catch {
        return 'refused'
      }
    }
    const script = document.createElement('script')
    script.textContent = 'window.injected = true'
    document.head.append(script)
    return {
      node: ['process', 'require', 'module', 'Buffer', '__dirname'].filter((name) => name in globalThis),
      foreignFetch: await attempt(() => fetch('https://example.org/')),
      otherPort: await attempt(() => fetch('http://127.0.0.1:9/')),
      inlineScript: 'injected' in globalThis ? 'allowed' : 'refused',
      // In a turn of its own: within one that the debugger started, Chromium lets eval through whatever the page forbids.
      evaluated: await new Promise((resolve) => {
        setTimeout(() => {
          attempt(async () => new Function('return 1')()).then(resolve, resolve)
        })
      }),
      opened: globalThis.open('https://example.org/') === null ? 'refused' : 'allowed',
    }
  })
  expect(facts).toMatchObject({
    node: [],
    foreignFetch: 'refused',
    otherPort: 'refused',
    inlineScript: 'refused',
    evaluated: 'refused',
  })
})

test('the address works once; without its session there is nothing to see', async ({ holdfast, window }) => {
  test.skip(findHost().kind === 'electron', 'the headless host is tested where it serves the window')
  await expect(window).not.toHaveURL(/token=/)
  const { port } = new URL(holdfast.address)
  const get = (path: string, headers: Record<string, string> = {}) =>
    new Promise<number>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, headers: { host: `127.0.0.1:${port}`, ...headers } }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
        .on('error', reject)
        .end()
    })
  const upgrade = (headers: Record<string, string>) =>
    get('/rpc', {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    })
  const cookies = (await window.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')

  expect(await get(new URL(holdfast.address).pathname + new URL(holdfast.address).search)).toBe(401)
  expect(await get('/')).toBe(401)
  expect(await get('/', { cookie: 'holdfast-session=guess' })).toBe(401)
  expect(await get('/', { cookie: cookies })).toBe(200)
  expect(await get('/', { cookie: cookies, host: 'rebound.example' })).toBe(403)
  expect(await get('/', { cookie: cookies, origin: 'https://evil.example' })).toBe(403)
  expect(await upgrade({ cookie: cookies, origin: 'https://evil.example' })).toBe(403)
  expect(await upgrade({ cookie: cookies })).toBe(403)
  expect(await upgrade({ origin: `http://127.0.0.1:${port}` })).toBe(403)
})
