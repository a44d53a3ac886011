const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** IEC units with three significant digits. */
export function bytes(value: number): string {
  let unit = 0
  let amount = value
  while (Math.abs(amount) >= 999.5 && unit < units.length - 1) {
    amount /= 1024
    unit += 1
  }
  const digits = unit === 0 || Math.abs(amount) >= 100 ? 0 : Math.abs(amount) >= 10 ? 1 : 2
  return `${amount.toFixed(digits)} ${units[unit]}`
}

export function count(value: number): string {
  return value.toLocaleString('en-GB')
}

export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 1) return `${milliseconds} ms`
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** Local time to the minute, as a person reads it. */
export function time(milliseconds: number): string {
  const date = new Date(milliseconds)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** A sum that proves itself: seen = stored + unchanged + skipped + failed. */
export function countedSum(counts: {
  seen: number
  stored: number
  unchanged: number
  skipped: number
  failed: number
}): string {
  return `${count(counts.seen)} seen = ${count(counts.stored)} stored + ${count(counts.unchanged)} unchanged + ${count(counts.skipped)} skipped + ${count(counts.failed)} failed`
}
