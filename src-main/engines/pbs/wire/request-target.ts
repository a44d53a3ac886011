import { percentDecode } from './percent.ts'

/** HTTP/1 requests with a longer path and query get 414 (spec pbs §1.4). */
export const MAX_TARGET_BYTES = 3072

export interface RequestTarget {
  /** Decoded components; empty ones are dropped, since real clients write `//api2/json/...`. */
  readonly components: readonly string[]
  /** Without the question mark. */
  readonly query: string
}

/** Undefined for illegal components: those that begin with a dot, and broken escapes. */
export function parseTarget(url: string): RequestTarget | undefined {
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  const components: string[] = []
  for (const part of path.split('/')) {
    if (part === '') continue
    const component = percentDecode(part)
    if (component === undefined || component.startsWith('.') || /[\0/]/.test(component)) return undefined
    components.push(component)
  }
  return { components, query: question < 0 ? '' : url.slice(question + 1) }
}
