/**
 * Just enough of WebAssembly's binary format to put small inner loops together instruction by instruction: one function
 * over one page of memory, no imports. So there is no binary and no compiler to trust.
 */

const I32 = 0x7f
const V128 = 0x7b
const EMPTY = 0x40

/** Instructions, as bytes. */
export type Code = readonly number[]

export const get = (local: number): Code => [0x20, ...leb(local)]
export const set = (local: number): Code => [0x21, ...leb(local)]
export const tee = (local: number): Code => [0x22, ...leb(local)]
export const constant = (value: number): Code => [0x41, ...signedLeb(value)]
/** Of 32 bits, at an address on the stack plus `offset`. */
export const load = (offset: number): Code => [0x28, 2, ...leb(offset)]
export const store = (offset: number): Code => [0x36, 2, ...leb(offset)]
/** Of 128 bits. */
export const loadVector = (offset: number): Code => vector(0, 4, ...leb(offset))
/** Does `body` once, and again while `condition` leaves something but 0. */
export const loopWhile = (body: Code, condition: Code): Code => [0x03, EMPTY, ...body, ...condition, 0x0d, 0, 0x0b]
/** Does `body` when `condition` leaves something but 0. */
export const doIf = (condition: Code, body: Code): Code => [...condition, 0x04, EMPTY, ...body, 0x0b]
/** Ends the function with what is on the stack. */
export const leave: Code = [0x0f]

/** On 32 bits. */
export const i32 = {
  lessThanUnsigned: [0x49],
  lessOrEqualUnsigned: [0x4d],
  add: [0x6a],
  multiply: [0x6c],
  and: [0x71],
  xor: [0x73],
  shiftLeft: [0x74],
  shiftRightUnsigned: [0x76],
  rotateLeft: [0x77],
  rotateRight: [0x78],
} as const satisfies Record<string, Code>

/** On four times 32 bits. */
export const i32x4 = {
  splat: vector(17),
  greaterOrEqualSigned: vector(63),
  and: vector(78),
  or: vector(80),
  xor: vector(81),
  anyTrue: vector(83),
} as const satisfies Record<string, Code>

function vector(operation: number, ...immediates: number[]): Code {
  return [0xfd, ...leb(operation), ...immediates]
}

export interface WasmFunction {
  /** All of 32 bits; they are the first locals. */
  readonly parameters: number
  /** Locals of 32 bits behind the parameters, then those of 128 bits. */
  readonly words: number
  readonly vectors: number
  /** Leaves the result of 32 bits on the stack. */
  readonly body: Code
}

export interface WasmInstance {
  readonly memory: { readonly buffer: ArrayBuffer }
  run(...parameters: number[]): number
}

/** The little of the global that is used: neither Node's types nor the compiler's libraries without DOM declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** One instance has 64 KiB of memory of its own, all zeros. */
export function instantiate(run: WasmFunction): WasmInstance {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(run)))
  return exports as WasmInstance // the export section below
}

function assemble({ parameters, words, vectors, body }: WasmFunction): Uint8Array<ArrayBuffer> {
  const code = [2, ...leb(words), I32, ...leb(vectors), V128, ...body, 0x0b]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...leb(parameters), ...Array.from({ length: parameters }, () => I32), 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 1, 1, 1]), // one memory, of at least and at most one page
    ...section(7, [2, ...name('memory'), 2, 0, ...name('run'), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ])
}

function section(id: number, content: Code): Code {
  return [id, ...leb(content.length), ...content]
}

function name(text: string): Code {
  return [text.length, ...new TextEncoder().encode(text)]
}

/** WebAssembly's unsigned numbers: seven bits a byte, low first. */
function leb(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** The same for signed numbers: bit 6 of the last byte is the sign. */
function signedLeb(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value | 0; ; rest >>= 7) {
    if (rest >= -0x40 && rest < 0x40) return [...bytes, rest & 0x7f]
    bytes.push((rest & 0x7f) | 0x80)
  }
}
