import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  blobFeatures,
  chooseFeatures,
  digestOf,
  featureFlag,
  featureProblem,
  featureSet,
  normalizeFeatures,
  timeGranularity,
} from './feature-flags.ts'

test.each([
  ['the default', {}, 0xb0000001ffeffe26n],
  ['--digest=sha256', { digest: 'sha256' }, 0x90000001ffeffe26n],
  ['--with=best', { with: featureSet.best }, 0xb0000001ffeffe26n],
  ['--with=unix', { with: featureSet.unix }, 0xb000000000001f09n],
  ['--with=fat', { with: featureSet.fat }, 0xb00000000000e0c0n],
  ['--without=all', { without: featureSet.all }, 0xb000000000000000n],
  ['--exclude-nodump=no', { excludeNoDump: false }, 0x30000001fffffe26n],
  ['--without=privileged', { without: featureSet.privileged }, 0xb000000013aebb20n],
  ['--with=fuse', { with: featureSet.fuse }, 0xb000000013efff22n],
] as const)('A-03: %s gives the flags that casync writes', (_, choice, flags) => {
  expect(chooseFeatures(choice).toString(16)).toBe(flags.toString(16))
})

test('A-03: acl alone brings owners along, read-only subvolumes bring subvolumes', () => {
  const { acl, uids32Bit, userNames, subvolume, subvolumeReadOnly } = featureFlag
  expect(normalizeFeatures(acl)).toBe(acl | uids32Bit | userNames)
  expect(normalizeFeatures(subvolumeReadOnly)).toBe(subvolume | subvolumeReadOnly)
})

test('A-03: flags are normal once normalized, and only then accepted', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bits) => {
      const known = bits & chooseAll
      const normal = normalizeFeatures(known)
      expect(normalizeFeatures(normal)).toBe(normal)
      expect(featureProblem(normal)).toBeUndefined()
      expect(featureProblem(known) === undefined).toBe(known === normal)
    }),
  )
})

const chooseAll = featureSet.all | 0xf000000000000000n

test('unknown bits are named', () => {
  expect(featureProblem(0x200000000n)).toContain('0x200000000')
  expect(featureProblem(0x0800000000000000n)).toContain('unknown')
})

test('granularity of times, digest and the flags of a blob follow the bits', () => {
  const { nanosecondTime, microsecondTime, secondTime, twoSecondTime } = featureFlag
  expect([nanosecondTime, microsecondTime, secondTime, twoSecondTime, 0n].map(timeGranularity)).toEqual([
    1n,
    1000n,
    1_000_000_000n,
    2_000_000_000n,
    0n,
  ])
  expect(digestOf(chooseFeatures())).toBe('sha512-256')
  expect(digestOf(chooseFeatures({ digest: 'sha256' }))).toBe('sha256')
  expect(blobFeatures(chooseFeatures())).toBe(0xb000000000000000n)
  expect(blobFeatures(chooseFeatures({ digest: 'sha256' }))).toBe(0x9000000000000000n)
})
