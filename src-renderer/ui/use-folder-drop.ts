import { type DragEvent, useState } from 'react'
import { droppedPath } from './dropped-path.ts'

/** The message of the preload comes with the drop itself; a browser sends none. */
const MESSAGE_WITHIN_MS = 500

export interface FolderDrop {
  readonly isOver: boolean
  readonly handlers: {
    readonly onDragOver: (event: DragEvent) => void
    readonly onDragLeave: () => void
    readonly onDrop: (event: DragEvent) => void
  }
}

/** A place that takes folders from the desktop, as far as it tells where they lie. */
export function useFolderDrop(onPath: (path: string) => void): FolderDrop {
  const [isOver, setOver] = useState(false)
  return {
    isOver,
    handlers: {
      onDragOver: (event) => {
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: () => setOver(false),
      onDrop: (event) => {
        event.preventDefault()
        setOver(false)
        const path = droppedPath(event.dataTransfer)
        if (path !== undefined) onPath(path)
        else listenForPaths(window, (paths) => paths.forEach(onPath))
      },
    },
  }
}

/** Waits for the one message of the preload. */
function listenForPaths(page: Window, onPaths: (paths: readonly string[]) => void): void {
  const stop = () => page.removeEventListener('message', hear)
  const hear = async ({ data, source }: MessageEvent<unknown>) => {
    if (source !== page) return
    // With the first drop: nothing else that the first screen needs has a schema.
    const { dropMessage } = await import('./drop-message.ts')
    const message = dropMessage.safeParse(data)
    if (!message.success) return
    stop()
    onPaths(message.data.paths)
  }
  page.addEventListener('message', hear)
  setTimeout(stop, MESSAGE_WITHIN_MS)
}
