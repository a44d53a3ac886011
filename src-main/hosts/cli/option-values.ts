import { InvalidArgumentError } from 'commander'

/** Reads a whole number of an option, and refuses what is none, or not between these, before anything is done. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`)
  }
}

/** Reads the time of a day, as `07:30`. */
export function timeOfDay(text: string): string {
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) return text
  throw new InvalidArgumentError('It takes a time such as 07:30.')
}

/** Reads hours, with a fraction if need be. */
export function hours(text: string): number {
  if (/^\d{1,6}(\.\d{1,6})?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a number of hours, such as 24 or 0.5.')
}
