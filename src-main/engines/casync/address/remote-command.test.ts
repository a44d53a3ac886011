import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatRemoteCommand, parseRemoteCommand, quoteForShell, sshArguments } from './remote-command.ts'

describe('P-17: the command at the far end', () => {
  test.each([
    [
      'pull - - srv/tiny.caidx srv/default.castr',
      { verb: 'pull', index: 'srv/tiny.caidx', store: 'srv/default.castr' },
    ],
    ['pull - srv/tiny.catar - -', { verb: 'pull', archive: 'srv/tiny.catar' }],
    ['pull - - - - a b', { verb: 'pull', extraStores: ['a', 'b'] }],
    ['push - - dst/x.caibx -', { verb: 'push', index: 'dst/x.caibx' }],
    ['--rate-limit-bps=1000 push - - - s', { verb: 'push', store: 's', rateLimitBytesPerSecond: 1000 }],
  ] as const)('%s', (line, expected) => {
    expect(parseRemoteCommand(line.split(' '))).toEqual(expected)
    expect(formatRemoteCommand(expected).join(' ')).toBe(line)
  })

  test('unknown options before the verb are passed over, and an empty argument is as good as a dash', () => {
    expect(parseRemoteCommand(['--log-level=7', '--new', 'pull', '', '', 'i', '', ''])).toEqual({
      verb: 'pull',
      index: 'i',
    })
  })

  test.each([
    [[], 'verb'],
    [['--rate-limit-bps=1'], 'verb'],
    [['fetch', '-', '-', '-', 'x'], 'verb'],
    [['pull', '-', '-', 'x'], 'four'],
    [['push', 'base', '-', 'x', '-'], 'base'],
    [['pull', '-', '-', '-', '-', '-'], 'Nothing'],
    [['--rate-limit-bps=fast', 'pull', '-', '-', '-', 'x'], 'rate'],
  ])('%j is refused', (args, word) => {
    expect(() => parseRemoteCommand(args)).toThrow(word)
  })

  test('whatever is said is understood', () => {
    const word = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== '-' && text !== '')
    const command = fc.record(
      {
        verb: fc.constantFrom('pull' as const, 'push' as const),
        archive: word,
        index: word,
        store: word,
        extraStores: fc.array(word, { minLength: 1, maxLength: 2 }),
        rateLimitBytesPerSecond: fc.nat(),
      },
      { requiredKeys: ['verb', 'index'] },
    )
    fc.assert(
      fc.property(command, (said) => {
        expect(parseRemoteCommand(formatRemoteCommand(said))).toEqual(said)
      }),
    )
  })
})

test('P-19: simple paths go to ssh as casync sends them, others in quotes', () => {
  const command = { verb: 'pull', index: "srv/it's mine; rm -rf x", store: '~/a b' } as const
  expect(sshArguments('me@h', { verb: 'pull', index: 'srv/x.caidx', store: 'srv/default.castr' })).toEqual(
    'me@h casync pull - - srv/x.caidx srv/default.castr'.split(' '),
  )
  expect(sshArguments('h', command, '/opt/casync')).toEqual([
    'h',
    '/opt/casync',
    'pull',
    '-',
    '-',
    "'srv/it'\\''s mine; rm -rf x'",
    "~/'a b'",
  ])
})

test('P-19: a shell gives every word back as it was', () => {
  const words = fc.sample(
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0') && !text.startsWith('~')),
    150,
  )
  const quoted = ['', '$HOME', '`id`', '"', '\n', '*', '~', '-', ...words].map(quoteForShell)
  const script = `for word in ${quoted.join(' ')}; do printf '%s\\000' "$word"; done`
  const seen = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0')
  expect(seen.slice(0, -1)).toEqual(['', '$HOME', '`id`', '"', '\n', '*', '~', '-', ...words])
})
