import {
  type Icon,
  IconCircleCheck,
  IconClockUp,
  IconCopyPlus,
  IconEqual,
  IconPlayerSkipForward,
  IconPlus,
  IconReplace,
} from '@tabler/icons-react'
import type { RestoreOutcome } from '../../../src-shared/model/restore.ts'

interface OutcomeLook {
  readonly word: string
  /** On its filter, where there is little room. */
  readonly short: string
  /** On its filter, once it has happened. */
  readonly shortAfter: string
  readonly after: string
  readonly icon: Icon
  readonly afterIcon: Icon
  readonly tone: string
}

/** What will happen to a file, and what has. Each has a shape of its own. */
export const outcomeLooks: Record<RestoreOutcome, OutcomeLook> = {
  new: {
    word: 'New',
    short: 'New',
    shortAfter: 'New',
    after: 'New',
    icon: IconPlus,
    afterIcon: IconCircleCheck,
    tone: 'hf-ok',
  },
  overwrite: {
    word: 'Overwrite',
    short: 'Overwrite',
    shortAfter: 'Overwritten',
    after: 'Overwritten, old copy kept',
    icon: IconReplace,
    afterIcon: IconCircleCheck,
    tone: 'hf-info',
  },
  'keep-both': {
    word: 'Keep both',
    short: 'Keep both',
    shortAfter: 'Kept both',
    after: 'Put beside the one on disk',
    icon: IconCopyPlus,
    afterIcon: IconCircleCheck,
    tone: 'hf-info',
  },
  'newer-on-disk': {
    word: 'Newer on disk',
    short: 'Newer',
    shortAfter: 'Newer',
    after: 'Left alone, newer on disk',
    icon: IconClockUp,
    afterIcon: IconClockUp,
    tone: 'hf-warn',
  },
  skip: {
    word: 'Skip',
    short: 'Skip',
    shortAfter: 'Left alone',
    after: 'Left alone, as chosen',
    icon: IconPlayerSkipForward,
    afterIcon: IconPlayerSkipForward,
    tone: 'hf-2',
  },
  identical: {
    word: 'Identical',
    short: 'Identical',
    shortAfter: 'Identical',
    after: 'Identical already',
    icon: IconEqual,
    afterIcon: IconEqual,
    tone: 'hf-3',
  },
}

/** In the order of how much a person wants to know about them. */
export const outcomeOrder: readonly RestoreOutcome[] = [
  'new',
  'overwrite',
  'keep-both',
  'newer-on-disk',
  'skip',
  'identical',
]
