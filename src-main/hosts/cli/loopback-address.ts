import { HoldfastError } from '../../../src-shared/errors.ts'
import { isLoopback } from '../headless/origin.ts'

/** Where the window may be served: `127.0.0.1:4710` or `[::1]:4710`. */
export function readLoopback(text: string): { readonly hostname: string; readonly port: number } {
  const match = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text)
  const hostname = match?.[1] ?? ''
  const port = Number(match?.[2])
  if (isLoopback(hostname) && port <= 65_535) return { hostname, port }
  throw new HoldfastError('input/invalid', {
    detail: text,
    hint: 'Give a loopback address with a port, such as 127.0.0.1:4710.',
  })
}
