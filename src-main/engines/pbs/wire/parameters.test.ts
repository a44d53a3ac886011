import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { choice, digestText, flag, integer, list, namespaceText, safeId, text } from './parameters.ts'
import { checkParameters, ParameterError, parseForm, parseParameters } from './read-parameters.ts'

const problem = (schema: z.ZodType, value: unknown): string | undefined => {
  const result = schema.safeParse(value)
  return result.success ? undefined : result.error.issues[0]?.message
}

test('whole numbers come as text or number, within bounds', () => {
  const wid = integer(1, 256)
  for (const value of [1, '1', '+1', 256, '256']) expect(wid.parse(value)).toBe(Number(value))
  expect(problem(wid, '0')).toBe('value must have a minimum value of 1 (got 0)')
  expect(problem(wid, 257)).toBe('value must have a maximum value of 256 (got 257)')
  for (const value of ['', 'x', '1.5', 1.5, '0x10', true, null, [1], '1e3', Number.NaN]) {
    expect(problem(wid, value)).toBe('expected integer')
  }
  expect(problem(wid, 2n ** 64n)).toMatch(/maximum/)
  expect(problem(integer(0), '99999999999999999999')).toMatch(/maximum value of 9007199254740991/)
})

test('truth has eight words', () => {
  for (const word of ['1', 'on', 'YES', 'True', true, 1]) expect(flag().parse(word)).toBe(true)
  for (const word of ['0', 'OFF', 'no', 'false', false, 0]) expect(flag().parse(word)).toBe(false)
  for (const word of ['', '2', 'ja', null, []]) expect(problem(flag(), word)).toBe('expected boolean value')
})

test('names, digests, namespaces and choices are held against their rules', () => {
  expect(problem(safeId(), 'a/b')).toBe('value does not match the regex pattern')
  expect(problem(safeId(), 'a'.repeat(256))).toBe('value may only be 255 characters long')
  expect(problem(text(5), ['a', 'b'])).toBe('expected string')
  expect(problem(digestText(), 'AB'.repeat(32))).toBe('value does not match the regex pattern')
  expect(digestText().parse('ab'.repeat(32))).toBe('ab'.repeat(32))
  expect(problem(choice(['vm', 'ct']), 'host')).toBe("value 'host' is not defined in the enumeration.")
  for (const ns of ['', 'a', 'a/b/c/d/e/f/g']) expect(namespaceText().parse(ns)).toBe(ns)
  for (const ns of ['/', 'a/', '../a', 'a//b', 'a/b/c/d/e/f/g/h', `${'a'.repeat(250)}/bbbbbbb`]) {
    expect(problem(namespaceText(), ns)).toBeDefined()
  }
})

test('a list is a single value, a repeated key or an array, of bounded length', () => {
  const numbers = list(integer(0), 3)
  expect(numbers.parse('7')).toEqual([7])
  expect(numbers.parse(['1', 2])).toEqual([1, 2])
  expect(problem(numbers, [1, 2, 3, 4])).toBe('array may only contain 3 elements')
  expect(problem(numbers, [1, 'x'])).toBe('expected integer')
})

test('missing and unknown parameters are named, each in its line', () => {
  const schema = z.strictObject({ name: safeId(), size: integer(1).optional() })
  expect(checkParameters(schema, { name: 'a' })).toEqual({ name: 'a' })
  const refuse = (raw: Record<string, unknown>) => {
    try {
      checkParameters(schema, raw)
    } catch (error) {
      return error instanceof ParameterError ? error.message.split('\n') : undefined
    }
    return undefined
  }
  expect(refuse({})).toEqual([
    'parameter verification failed',
    "parameter 'name': parameter is missing and it is not optional.",
  ])
  expect(refuse({ name: 'a', size: '0', other: 1 })).toEqual([
    'parameter verification failed',
    "parameter 'size': value must have a minimum value of 1 (got 0)",
    "parameter 'other': schema does not allow additional properties",
  ])
  expect(refuse(JSON.parse('{"name":"a","__proto__":1}'))).toHaveLength(2)
})

test('forms: repeated keys become lists, the cache buster is nobody’s', () => {
  expect(parseForm('a=1&b=2&a=3&_dc=99&a=4')).toEqual({ a: ['1', '3', '4'], b: '2' })
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (values) => {
      fc.pre(!('_dc' in values))
      const wellFormed = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key.toWellFormed(), value.toWellFormed()]),
      )
      expect(parseForm(new URLSearchParams(wellFormed).toString())).toEqual(wellFormed)
    }),
  )
})

test('a JSON body stands alone, a form joins the query', () => {
  const body = (text: string) => Buffer.from(text)
  expect(parseParameters('a=1', 'application/json', body('{"b":12345678901234567890}'))).toEqual({
    b: 12345678901234567890n,
  })
  expect(parseParameters('a=1', 'application/json', body(''))).toEqual({})
  expect(parseParameters('a=1', undefined, body('b=2'))).toEqual({ a: '1', b: '2' })
  for (const [type, content] of [
    ['application/json', '[]'],
    ['application/json', '"a"'],
    ['application/json', '{'],
    ['text/xml', 'a=1'],
  ] as const) {
    expect(() => parseParameters('', type, body(content))).toThrow(ParameterError)
  }
  expect(() => parseParameters('', undefined, Uint8Array.of(0xff))).toThrow(ParameterError)
})
