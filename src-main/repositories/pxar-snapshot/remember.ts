/** Made once; a failure, such as the abort of the first who asked, is not remembered. */
export function remember<Value>(
  memory: Map<string, Promise<Value>>,
  name: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const known = memory.get(name)
  if (known !== undefined) return known
  const made = make()
  memory.set(name, made)
  made.catch(() => memory.delete(name))
  return made
}
