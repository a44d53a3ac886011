import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { enteredGrounds, type Ground, planFreeze } from './plan-freeze.ts'
import type { Located } from './snapshot-provider.ts'

/** A volume that is mounted, or lies, where its ground is. */
function volume(device: number, top: string, within = ''): Located {
  return { state: 'possible', volume: { fileSystem: 'btrfs', key: `btrfs ${device}`, id: `${device}`, top }, within }
}

function ground(at: string, device: number, located: Located, more: Partial<Ground> = {}): Ground {
  const path = `/home${at}`
  return {
    at,
    path,
    device: BigInt(device),
    fileSystem: 'btrfs',
    isVirtual: false,
    isExcluded: false,
    located,
    ...more,
  }
}

const never = new Map<string, string>()
const one = { oneFileSystem: true, failed: never }
const all = { oneFileSystem: false, failed: never }

describe('a folder', () => {
  it('is read from the snapshot of its volume, at its place in it', () => {
    const { volumes, grafts, live } = planFreeze(
      [{ folder: '/home/anna', grounds: [ground('', 1, volume(1, '/home', '/anna'))] }],
      one,
    )
    expect(volumes.map(({ top }) => top)).toEqual(['/home'])
    expect(grafts.get('/home/anna')?.get('')).toMatchObject({ within: '/anna' })
    expect(live).toEqual([])
  })

  it('shares its snapshot with others of the same volume', () => {
    const surveys = ['/anna', '/ben'].map((within) => ({
      folder: `/home${within}`,
      grounds: [ground('', 1, volume(1, '/home', within))],
    }))
    expect(planFreeze(surveys, one).volumes).toHaveLength(1)
  })

  it('that nothing can change needs none', () => {
    const { volumes, grafts, live } = planFreeze(
      [{ folder: '/iso', grounds: [ground('', 1, { state: 'still' })] }],
      one,
    )
    expect([volumes, grafts.get('/iso')?.size, live]).toEqual([[], 0, []])
  })
})

describe('a volume inside of a folder', () => {
  const grounds = [
    ground('', 1, volume(1, '/home')),
    ground('/machines', 2, volume(2, '/home/machines')),
    ground('/machines/deep', 3, volume(3, '/home/machines/deep')),
    ground('/boot', 4, { state: 'unsupported' }),
  ]

  it('has a snapshot of its own where the walk goes on into it', () => {
    const { volumes, grafts, live } = planFreeze([{ folder: '/home', grounds }], all)
    expect(volumes.map(({ key }) => key)).toEqual(['btrfs 1', 'btrfs 2', 'btrfs 3'])
    expect(grafts.get('/home')?.get('/boot')).toEqual({ path: '/home/boot' })
    expect(live.map(({ at }) => at)).toEqual(['/boot'])
  })

  it('is met where it is by a walk that stays outside: that is not how it looks in the snapshot', () => {
    const { volumes, grafts, live } = planFreeze([{ folder: '/home', grounds }], one)
    expect(volumes).toHaveLength(1)
    expect([...(grafts.get('/home') ?? [])].slice(1)).toEqual([
      ['/boot', { path: '/home/boot' }],
      ['/machines', { path: '/home/machines' }],
    ])
    expect(live).toEqual([])
  })

  it('that is left out has none, nor has what is inside of it', () => {
    const [outer, machines, ...rest] = grounds
    if (outer === undefined || machines === undefined) throw new Error('no grounds')
    const survey = { folder: '/home', grounds: [outer, { ...machines, isExcluded: true }, ...rest] }
    expect(planFreeze([survey], all).volumes.map(({ key }) => key)).toEqual(['btrfs 1'])
    expect(enteredGrounds(survey, all).map(({ at }) => at)).toEqual(['', '/boot'])
  })

  it('is read as it is when its snapshot failed, and so is an outer one', () => {
    const failed = new Map([['btrfs 1', 'no space']])
    const { volumes, grafts, live } = planFreeze([{ folder: '/home', grounds }], { ...all, failed })
    expect(volumes.map(({ key }) => key)).toEqual(['btrfs 2', 'btrfs 3'])
    expect(grafts.get('/home')?.has('')).toBe(false)
    expect(live.map(({ at }) => at)).toEqual(['', '/boot'])
  })

  it('of the same file system again, by a bind mount, is in the same snapshot', () => {
    const bound = [grounds[0], ground('/again', 1, volume(1, '/home', '/anna'))].filter((each) => each !== undefined)
    const { volumes, grafts } = planFreeze([{ folder: '/home', grounds: bound }], one)
    expect(volumes).toHaveLength(1)
    expect(grafts.get('/home')?.get('/again')).toMatchObject({ within: '/anna' })
  })
})

/** What a walk would do on the real folders, without any plan: the ground that each place belongs to, if it gets there. */
function groundOf(place: string, grounds: readonly Ground[], oneFileSystem: boolean): Ground | undefined {
  let here = grounds.find(({ at }) => at === '')
  const names = place.split('/').slice(1)
  for (let count = 1; count <= names.length; count++) {
    const at = `/${names.slice(0, count).join('/')}`
    const next = grounds.find((each) => each.at === at)
    if (next === undefined) continue
    if (next.isExcluded || next.isVirtual) return undefined
    if (oneFileSystem && next.device !== here?.device) return undefined
    here = next
  }
  return here?.isVirtual === true ? undefined : here
}

it('a walk along the grafts reads every place where it was when all was held still, and enters what it would have entered', () => {
  const names = fc
    .array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`)
  const part = fc.record({
    at: names,
    device: fc.integer({ min: 1, max: 4 }),
    state: fc.constantFrom('possible', 'possible', 'unsupported', 'still'),
    isVirtual: fc.boolean(),
    isExcluded: fc.constantFrom(false, false, true),
  })
  const parts = fc.uniqueArray(part, { maxLength: 6, selector: ({ at }) => at })
  fc.assert(
    fc.property(parts, fc.boolean(), fc.boolean(), names, (given, isOuterPossible, oneFileSystem, place) => {
      // Whether there can be a snapshot is a thing of the device.
      const stateOf = new Map([[9, isOuterPossible ? 'possible' : 'unsupported']])
      for (const { device, state } of given) if (!stateOf.has(device)) stateOf.set(device, state)
      const made = [{ at: '', device: 9, isVirtual: false, isExcluded: false }, ...given].map(
        ({ at, device, ...more }) => {
          const state = stateOf.get(device)
          const located: Located =
            state === 'possible'
              ? volume(device, `/top${device}`, `/in${at}`)
              : { state: state === 'still' ? 'still' : 'unsupported' }
          return ground(at, device, located, more)
        },
      )
      const { grafts, live } = planFreeze([{ folder: '/home', grounds: made }], { oneFileSystem, failed: never })
      const expected = groundOf(place, made, oneFileSystem)
      if (expected === undefined) return
      // The innermost graft at or above the place, as the walk meets it on its way down.
      const ofFolder = grafts.get('/home') ?? new Map()
      const above = place.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'))
      const graftAt = above.findLast((at) => ofFolder.has(at))
      const graft = graftAt === undefined ? undefined : ofFolder.get(graftAt)
      const rest = place.slice((graftAt ?? '').length)
      const { located } = expected
      const ownRest = place.slice(expected.at.length)
      if (located.state === 'possible') {
        expect(graft).toMatchObject({ volume: located.volume })
        expect(`${graft.within}${rest}`).toBe(`${located.within}${ownRest}`)
      } else {
        expect(graft === undefined ? `/home${place}` : `${graft.path}${rest}`).toBe(`/home${place}`)
        expect(live.includes(expected)).toBe(located.state !== 'still')
      }
    }),
    { numRuns: 2000 },
  )
})
