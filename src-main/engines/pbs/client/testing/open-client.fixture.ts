import { onTestFinished } from 'vitest'
import { ROOT_TOKEN, SECRET, type TestServer } from '../../server/testing/server.fixture.ts'
import { parseAuthId } from '../../wire/names.ts'
import { PbsApi, type PbsApiOptions } from '../pbs-api.ts'

export interface TestClientOptions extends Partial<Omit<PbsApiOptions, 'address'>> {
  readonly authId?: string
  readonly host?: string
  readonly port?: number
  /** Null is none. */
  readonly fingerprint?: string | null
}

/** A client for one test, as `root@pam` by token unless told otherwise. Tries again at once. */
export function openClient(server: Pick<TestServer, 'port' | 'fingerprint'>, options: TestClientOptions = {}): PbsApi {
  const {
    authId = ROOT_TOKEN,
    host = '127.0.0.1',
    port = server.port,
    fingerprint = server.fingerprint,
    ...rest
  } = options
  const parsed = parseAuthId(authId)
  if (parsed === undefined) throw new TypeError(authId)
  const api = new PbsApi({
    address: { authId: parsed, host, port, fingerprint: fingerprint ?? undefined },
    secret: SECRET,
    retryDelaysMs: [1, 1],
    environment: {},
    ...rest,
  })
  onTestFinished(() => api.close())
  return api
}

export const { signal } = new AbortController()
