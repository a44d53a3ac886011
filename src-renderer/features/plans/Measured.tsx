import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useRef } from 'react'
import type { FolderMeasurement } from '../../../src-shared/contract/folders.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import { useStream } from '../../state/use-stream.ts'

export interface MeasuredProps {
  readonly path: string
  readonly rules: Pick<FoldersSource, 'excludes' | 'presets'>
  readonly onMeasured: (event: FolderMeasurement) => void
}

/** Counts a chosen folder under the rules of the draft, again a moment after they change. Shows nothing itself. */
export function Measured({ path, rules: { excludes, presets }, onMeasured }: MeasuredProps) {
  const [key] = useDebouncedValue(JSON.stringify([path, excludes, presets]), 400)
  const { state } = useStream<FolderMeasurement, FolderMeasurement | undefined>({
    key,
    open: (client, signal) => client.folders.measure({ path, root: path, rules: { excludes, presets } }, { signal }),
    initial: undefined,
    apply: (_before, event) => event,
  })
  const report = useRef(onMeasured)
  report.current = onMeasured
  useEffect(() => {
    if (state !== undefined) report.current(state)
  }, [state])
  return null
}
