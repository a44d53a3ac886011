import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPbsEnvironment } from './environment.ts'
import { formatPbsAddress, isPbsAddress, type PbsAddress, parsePbsAddress } from './repository-address.ts'

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0')).join(':')
const root = { user: 'root@pam' }
const plain = { authId: root, host: 'localhost', port: 8007, datastore: 'tank', namespace: '', fingerprint: undefined }

describe('addresses of a Proxmox Backup Server', () => {
  test.for([
    ['tank', plain],
    ['elsa:tank', { ...plain, host: 'elsa' }],
    ['elsa.example:8008:tank', { ...plain, host: 'elsa.example', port: 8008 }],
    ['joe@pbs@elsa:tank', { ...plain, host: 'elsa', authId: { user: 'joe@pbs' } }],
    ['joe@pbs!night@elsa:1:tank', { ...plain, host: 'elsa', port: 1, authId: { user: 'joe@pbs', token: 'night' } }],
    ['joe@example.com@pbs@elsa:tank', { ...plain, host: 'elsa', authId: { user: 'joe@example.com@pbs' } }],
    ['[::1]:tank', { ...plain, host: '::1' }],
    ['root@pam@[fe80::1%eth0]:8007:tank', { ...plain, host: 'fe80::1%eth0' }],
    ['192.0.2.7:tank', { ...plain, host: '192.0.2.7' }],
    ['pbs://elsa/tank', { ...plain, host: 'elsa' }],
    ['pbs://[::1]:9/tank/', { ...plain, host: '::1', port: 9 }],
    [
      'pbs://joe%40pbs!night@ELSA:9/tank',
      { ...plain, host: 'elsa', port: 9, authId: { user: 'joe@pbs', token: 'night' } },
    ],
    ['pbs://elsa/tank?ns=a/b', { ...plain, host: 'elsa', namespace: 'a/b' }],
    ['pbs://elsa/tank?ns=a%2Fb', { ...plain, host: 'elsa', namespace: 'a/b' }],
    [`pbs://elsa/tank?fingerprint=${FINGERPRINT.toUpperCase()}`, { ...plain, host: 'elsa', fingerprint: FINGERPRINT }],
    [
      `pbs://elsa/tank?fingerprint=${FINGERPRINT.replaceAll(':', '')}&ns=x`,
      { ...plain, host: 'elsa', namespace: 'x', fingerprint: FINGERPRINT },
    ],
  ] as const)('%s', ([text, address]) => {
    expect(parsePbsAddress(text)).toEqual(address)
  })

  test.for([
    '',
    'ab',
    ':tank',
    'elsa:',
    'elsa:0:tank',
    'elsa:65536:tank',
    'elsa:80x:tank',
    '::1:tank',
    'joe@elsa:tank',
    'joe@pbs!@elsa:tank',
    'joe pbs@pam@elsa:tank',
    'elsa/x:tank',
    '[elsa]:tank',
    '-elsa:tank',
    'pbs://elsa',
    'pbs://elsa/',
    'pbs://elsa/tank/more',
    'pbs://root@pam:secret@elsa/tank',
    'pbs://elsa/tank?password=secret',
    'pbs://elsa/tank?ns=a&ns=b',
    'pbs://elsa/tank?ns=../x',
    'pbs://elsa/tank?ns=a/b/c/d/e/f/g/h',
    'pbs://elsa/tank?fingerprint=00:11',
    'pbs://elsa/tank#x',
    'pbs://%ff@pam@elsa/tank',
    `elsa:${'a'.repeat(33)}`,
    '\ud800@pam@elsa:tank',
  ])('refuses %j, and does not repeat it', (text) => {
    expect(() => parsePbsAddress(text)).toThrowError(expect.objectContaining({ code: 'input/invalid' }))
    try {
      parsePbsAddress(text)
    } catch (error) {
      expect(String(error)).not.toContain('secret')
    }
  })

  test.for([
    ['pbs://elsa/tank', true],
    ['root@pam@elsa:tank', true],
    ['elsa:tank', true],
    ['tank', false],
    ['/mnt/tank', false],
    ['/mnt/a:tank', false],
    ['C:\\backup', false],
    ['s3://bucket/prefix', false],
    ['casync+ssh://host/x.castr', false],
    ['https://host/x.castr', false],
  ] as const)('%s is taken for one: %s', ([text, expected]) => {
    expect(isPbsAddress(text)).toBe(expected)
  })

  test('what is printed is read back the same', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(parsePbsAddress(formatPbsAddress(address))).toEqual(address)
        expect(isPbsAddress(formatPbsAddress(address))).toBe(true)
      }),
    )
  })

  test("PBS's own form is read back the same", () => {
    fc.assert(
      fc.property(addresses, ({ authId, host, port, datastore }) => {
        const user = authId.token === undefined ? authId.user : `${authId.user}!${authId.token}`
        const place = host.includes(':') ? `[${host}]` : host
        const parsed = parsePbsAddress(`${user}@${place}:${port}:${datastore}`)
        expect(parsed).toEqual({ authId, host, port, datastore, namespace: '', fingerprint: undefined })
      }),
    )
  })

  test('any text is either an address or refused as one', () => {
    const parts = fc.constantFrom(
      'pbs://',
      'a',
      '@',
      ':',
      '/',
      '!',
      '[',
      ']',
      '%',
      '?',
      'ns=',
      '&',
      '8007',
      'pam',
      'tank',
      '.',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(parts).map((each) => each.join('')),
        ),
        (text) => {
          try {
            const address = parsePbsAddress(text)
            expect(parsePbsAddress(formatPbsAddress(address))).toEqual(address)
          } catch (error) {
            expect(error).toMatchObject({ code: 'input/invalid' })
          }
        },
      ),
    )
  })
})

describe('the environment', () => {
  test('PBS_REPOSITORY, PBS_FINGERPRINT and PBS_NAMESPACE are honoured', () => {
    expect(
      readPbsEnvironment({
        PBS_REPOSITORY: 'joe@pbs@elsa:tank',
        PBS_FINGERPRINT: FINGERPRINT.toUpperCase(),
        PBS_NAMESPACE: 'a/b',
      }),
    ).toEqual({
      address: { ...plain, authId: { user: 'joe@pbs' }, host: 'elsa', namespace: 'a/b' },
      fingerprint: FINGERPRINT,
    })
  })

  test('the single parts of 4.x make an address too', () => {
    const { address } = readPbsEnvironment({ PBS_SERVER: '::1', PBS_DATASTORE: 'tank', PBS_AUTH_ID: 'joe@pbs!n' })
    expect(address).toEqual({ ...plain, host: '::1', authId: { user: 'joe@pbs', token: 'n' } })
  })

  test('a mistyped fingerprint is not no fingerprint', () => {
    expect(() => readPbsEnvironment({ PBS_FINGERPRINT: '00:11' })).toThrowError(
      expect.objectContaining({ code: 'input/invalid' }),
    )
  })

  test('nothing there is nothing found', () => {
    expect(readPbsEnvironment({ PBS_REPOSITORY: '' })).toEqual({})
  })
})

const safeId = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/)
const user = fc
  .tuple(
    fc.string({ minLength: 1, maxLength: 20 }).filter((name) => !/[\s:/\p{Cc}!]/u.test(name)),
    safeId,
  )
  .map(([name, realm]) => `${name}@${realm}`)
const host = fc.oneof(
  fc.domain().filter((name) => name.length < 200),
  fc.ipV4(),
  fc.ipV6().map((text) => text.toLowerCase()),
)
const addresses: fc.Arbitrary<PbsAddress> = fc.record({
  authId: fc.oneof(
    user.map((name) => ({ user: name })),
    fc.record({ user, token: safeId }),
  ),
  host: host.map((name) => name.toLowerCase()),
  port: fc.integer({ min: 1, max: 65_535 }),
  datastore: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/),
  namespace: fc.array(safeId, { maxLength: 7 }).map((parts) => parts.join('/')),
  fingerprint: fc
    .option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined })
    .map((bytes) =>
      bytes === undefined ? undefined : Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':'),
    ),
})
