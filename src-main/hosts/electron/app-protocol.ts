import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Content } from '../../app/content.ts'
import { isPageRoute, resolveAsset } from '../web/assets.ts'
import { commonHeaders, contentSecurityPolicy, withNonce } from '../web/policy.ts'

/**
 * Answers `holdfast://app/…` (style S5): page, assets and contents of snapshots, GET only. Takes and gives the web's own
 * Request and Response, so that it is tested without Electron.
 */
export function createAppProtocol(pageDirectory: string, content: Content): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET') return refuse(405)
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/content/')) return sendContent(content, request, pathname)
    if (isPageRoute(pathname)) {
      const nonce = randomBytes(16).toString('base64')
      const page = await readFile(join(pageDirectory, 'index.html'), 'utf8')
      return new Response(withNonce(page, nonce), {
        headers: {
          ...commonHeaders,
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Security-Policy': contentSecurityPolicy(nonce),
          'Cache-Control': 'no-store',
        },
      })
    }
    const asset = resolveAsset(pageDirectory, pathname)
    const bytes = asset && (await readFile(asset.path).catch(() => undefined))
    if (!asset || !bytes) return refuse(404)
    return new Response(new Uint8Array(bytes), { headers: { ...commonHeaders, 'Content-Type': asset.contentType } })
  }
}

async function sendContent(content: Content, request: Request, pathname: string): Promise<Response> {
  const token = decodeURIComponent(pathname.split('/')[2] ?? '')
  const range = request.headers.get('range') ?? undefined
  const { status, headers, body } = await content.open({ entry: token, range }, request.signal)
  return new Response(ReadableStream.from(body), { status, headers: { ...commonHeaders, ...headers } })
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: commonHeaders })
}
