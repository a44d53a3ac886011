/** Without what looks alike on paper: 0 and o, 1 and l and i. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 5
const GROUP_LENGTH = 5
/** Above this share of the alphabet's multiples a byte is thrown away, so that every character is as likely. */
const FAIR_BYTES = 256 - (256 % ALPHABET.length)

export type Strength = 'weak' | 'fair' | 'good' | 'strong'

/** Where a word ends, in bits: scrypt makes each guess cost about a tenth of a second. */
const LIMITS: readonly (readonly [Strength, number])[] = [
  ['weak', 40],
  ['fair', 60],
  ['good', 80],
]

/** A passphrase that nobody guesses and that can be typed from paper: five groups of five, 123 bits. */
export function generatePassphrase(random: (length: number) => Uint8Array = randomBytes): string {
  let text = ''
  while (text.length < GROUPS * GROUP_LENGTH) {
    for (const byte of random(GROUPS * GROUP_LENGTH)) {
      if (byte < FAIR_BYTES && text.length < GROUPS * GROUP_LENGTH) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text.match(new RegExp(`.{${GROUP_LENGTH}}`, 'g'))?.join('-') ?? text
}

/** How long somebody who tries would need, in bits and in a word. Repeats, runs and words of one kind count for little. */
export function strengthOf(passphrase: string): { readonly bits: number; readonly strength: Strength } {
  const perCharacter = Math.log2(Math.max(2, kindsOf(passphrase)))
  let bits = 0
  for (let at = 0; at < passphrase.length; at++) bits += isPredictable(passphrase, at) ? 1 : perCharacter
  // Letters alone are most likely words, where a letter says about half of what a random one would.
  if (/^\p{L}+(?:[\s-]\p{L}+)*\d{0,4}[.!?]?$/u.test(passphrase)) bits *= 0.55
  return { bits: Math.round(bits), strength: LIMITS.find(([, limit]) => bits < limit)?.[0] ?? 'strong' }
}

function kindsOf(text: string): number {
  let kinds = 0
  if (/[a-z]/.test(text)) kinds += 26
  if (/[A-Z]/.test(text)) kinds += 26
  if (/\d/.test(text)) kinds += 10
  if (/[^a-zA-Z0-9]/.test(text)) kinds += 20
  return kinds
}

/** Whether a character follows from the one or the three before it: `aaa`, `123`, `fed`, `abcabc`. */
function isPredictable(text: string, at: number): boolean {
  if (at === 0) return false
  if (Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) <= 1) return true
  return at >= 3 && text.slice(0, at).includes(text.slice(at - 2, at + 1))
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}
