import { createServer, type Server } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { Bucket } from './bucket.ts'
import { parseS3Address } from './s3-address.ts'

afterEach(() => vi.unstubAllEnvs())

/** Notes the first line that anybody says, and hangs up. */
async function startListener(): Promise<{
  readonly address: string
  readonly heard: string[]
  readonly server: Server
}> {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (data) => {
      heard.push(data.toString().split('\r\n')[0] ?? '')
      socket.destroy()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  return { address: `http://127.0.0.1:${address.port}`, heard, server }
}

test('an address without an endpoint is one of Amazon, whatever the environment says', async () => {
  const elsewhere = await startListener()
  const proxy = await startListener()
  vi.stubEnv('AWS_ENDPOINT_URL', elsewhere.address)
  vi.stubEnv('AWS_ENDPOINT_URL_S3', elsewhere.address)
  const bucket = new Bucket({
    address: parseS3Address('s3://AKIA7@some-bucket?region=eu-central-1'),
    secret: 'secret',
    attempts: 1,
    environment: { https_proxy: proxy.address },
  })
  try {
    await expect(bucket.get('name', 10, new AbortController().signal)).rejects.toThrow('did not answer')
    expect(elsewhere.heard).toEqual([])
    expect(proxy.heard).toEqual(['CONNECT some-bucket.s3.eu-central-1.amazonaws.com:443 HTTP/1.1'])
  } finally {
    bucket.close()
    elsewhere.server.close()
    proxy.server.close()
  }
})
