import koffi from 'koffi'
import { systemError } from './system-error.ts'

/** Of a C library: a call by its name, with the types of its result and its parameters as C writes them. */
export type BindCall = (name: string, result: string, parameters: string[]) => BoundCall

/** Throws the system's error where the result is negative. */
export type BoundCall = (...values: unknown[]) => number

/** `null` is the library that the process itself uses. To bind a call that the library does not have throws. */
export function bindCalls(library: string | null): BindCall {
  const c = koffi.load(library)
  return (name, result, parameters) => {
    const call = c.func(name, result, parameters)
    return (...values) => {
      const returned: unknown = call(...values)
      // intptr_t comes as a bigint only past 2^53, which no count of bytes reaches.
      const value = Number(returned)
      if (value < 0) throw systemError(koffi.errno(), name)
      return value
    }
  }
}

/** The same for a call that is made in a thread of koffi's, as long as it takes. */
export function bindCallAside(
  library: string | null,
  name: string,
  parameters: string[],
): (...values: unknown[]) => Promise<void> {
  const call = koffi.load(library).func(name, 'int', parameters)
  return (...values) =>
    new Promise((resolve, reject) => {
      call.async(...values, (error: unknown, result: unknown) => {
        if (error === null && typeof result === 'number' && result >= 0) resolve()
        else reject(error instanceof Error ? error : systemError(koffi.errno(), name))
      })
    })
}
