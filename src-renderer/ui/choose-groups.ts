/** Different numbers from 1 to `of`, ascending: nobody knows before which will be asked for. */
export function chooseGroups(of: number, count: number, random: () => number = Math.random): readonly number[] {
  const left = Array.from({ length: of }, (_, at) => at + 1)
  const chosen: number[] = []
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(Math.floor(random() * left.length), 1))
  return chosen.toSorted((a, b) => a - b)
}
