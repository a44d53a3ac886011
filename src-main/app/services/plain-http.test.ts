import { expect, test } from 'vitest'
import { dangerOfPlainHttp } from './plain-http.ts'

test.each(['http://minio.lan:9000', 'http://192.0.2.7', 'http://[fd00::2]:9000'])('%s is told', (endpoint) => {
  expect(dangerOfPlainHttp(endpoint)).toBe(
    ' It is reached by plain http: what is not encrypted can be read on the way.',
  )
})

test.each([undefined, 'https://minio.lan:9000', 'http://127.0.0.1:9000', 'http://localhost', 'http://[::1]:9000'])(
  '%s is not',
  (endpoint) => expect(dangerOfPlainHttp(endpoint)).toBe(''),
)
