/** The names of the texts that an object need not have. */
export type OptionalText<Fields> = {
  [Name in keyof Fields]-?: undefined extends Fields[Name] ? (string extends Fields[Name] ? Name : never) : never
}[keyof Fields]

/** The same with an optional text as it was typed: empty is none. */
export function withText<Fields extends object>(fields: Fields, name: OptionalText<Fields>, value: string): Fields {
  const { [name]: _, ...rest } = fields
  return (value === '' ? rest : { ...rest, [name]: value }) as Fields // the name is that of an optional text
}
