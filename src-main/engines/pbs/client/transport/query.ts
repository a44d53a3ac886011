/** Parameters of a call; those that are undefined are left out, since servers refuse what they do not know (spec pbs §1.4). */
export type Parameters = Readonly<
  Record<string, string | number | bigint | boolean | readonly (string | number | bigint)[] | undefined>
>

/** A query: a list is the key again for each item. */
export function formatQuery(parameters: Parameters): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(parameters)) {
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) query.append(key, String(item))
  }
  return query.toString()
}

/** The path with the query, if there is one. */
export function withQuery(path: string, parameters: Parameters): string {
  const query = formatQuery(parameters)
  return query === '' ? path : `${path}?${query}`
}
