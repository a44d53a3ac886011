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
  readonly icon: Icon
  readonly afterIcon: Icon
  readonly tone: string
}

/** What will happen to a file, and what has. Each has a shape of its own. */
export const outcomeLooks: Record<RestoreOutcome, OutcomeLook> = {
  new: {
    icon: IconPlus,
    afterIcon: IconCircleCheck,
    tone: 'hf-ok',
  },
  overwrite: {
    icon: IconReplace,
    afterIcon: IconCircleCheck,
    tone: 'hf-info',
  },
  'keep-both': {
    icon: IconCopyPlus,
    afterIcon: IconCircleCheck,
    tone: 'hf-info',
  },
  'newer-on-disk': {
    icon: IconClockUp,
    afterIcon: IconClockUp,
    tone: 'hf-warn',
  },
  skip: {
    icon: IconPlayerSkipForward,
    afterIcon: IconPlayerSkipForward,
    tone: 'hf-2',
  },
  identical: {
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
