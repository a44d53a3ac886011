/** Closes a switch over a union: the compiler complains when a member is missing, and so does the program. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
