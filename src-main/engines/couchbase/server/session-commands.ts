import { isMechanism, mechanisms } from '../sasl/mechanism.ts'
import { decodePlain } from '../sasl/plain.ts'
import { ScramServer, type ScramStep } from '../sasl/scram-server.ts'
import { decodeFeatures, encodeFeatures, feature } from '../wire/hello.ts'
import { jsonBytes, parseJson } from '../wire/json-text.ts'
import { status } from '../wire/status.ts'
import { bucketOf, type Call, type Command } from './command.ts'

/** HELLO, SASL, SELECT_BUCKET and what else a connection needs before it gets to work (spec couchbase §3). */
const offered = new Set<number>([feature.tcpNodelay, feature.xerror, feature.selectBucket, feature.json])

export const hello: Command = {
  isOpen: true,
  key: 'optional',
  value: 'optional',
  invalid: ({ packet }) => (packet.value.length % 2 === 0 ? undefined : 'Invalid value length'),
  async run({ session, packet }) {
    const enabled = [...new Set(decodeFeatures(packet.value))].filter((code) => offered.has(code))
    session.features = new Set(enabled) // what was there before is off
    session.agent = agentName(packet.key)
    await session.answer(packet, { value: encodeFeatures(enabled) })
  },
}

export const saslListMechs: Command = {
  isOpen: true,
  key: 'none',
  value: 'none',
  run: (call) => call.session.answer(call.packet, { value: Buffer.from(available(call).join(' ')) }),
}

export const saslAuth: Command = {
  isOpen: true,
  key: 'required',
  value: 'optional',
  async run(call) {
    const { session, packet, context } = call
    session.user = undefined
    session.scram = undefined
    const mechanism = Buffer.from(packet.key).toString('latin1')
    if (!isMechanism(mechanism) || !available(call).includes(mechanism)) return deny(call, '')
    if (mechanism !== 'PLAIN') {
      session.scram = new ScramServer(mechanism, (name, user) => context.users.scramKeys(name, user))
      return answerScram(call, session.scram.first(text(packet.value)))
    }
    const login = decodePlain(packet.value)
    if (login === undefined) return session.refuse(packet, status.einval, 'Malformed PLAIN message')
    const user = await context.users.checkPassword(login.user, login.password)
    if (user === undefined) return deny(call, login.user)
    session.user = user
    context.emit({ type: 'login', session, user: user.name, isAllowed: true })
    await session.answer(packet)
  },
}

export const saslStep: Command = {
  isOpen: true,
  key: 'required',
  value: 'optional',
  async run(call) {
    const { session, packet } = call
    const { scram } = session
    session.scram = undefined
    if (scram?.mechanism !== text(packet.key)) {
      return session.refuse(packet, status.einval, 'No such exchange has begun')
    }
    await answerScram(call, scram.final(text(packet.value)))
  },
}

export const selectBucket: Command = {
  key: 'required',
  value: 'none',
  async run({ session, packet, context }) {
    const name = text(packet.key)
    if (name === '@no bucket@') {
      session.bucket = undefined
      return session.answer(packet)
    }
    const bucket = context.buckets.get(name)
    const { user } = session
    const isAllowed = user?.buckets === '*' || user?.buckets.includes(name)
    if (!isAllowed) return session.refuse(packet, status.eaccess, 'No access to the bucket')
    if (!bucket) return session.refuse(packet, status.keyEnoent)
    session.bucket = bucket
    await session.answer(packet)
  },
}

export const getClusterConfig: Command = {
  extras: [0, 16],
  key: 'none',
  value: 'none',
  needs: 'bucket',
  async run(call) {
    const { session, packet, context } = call
    const config = context.configOf(bucketOf(call))
    if (!config) return session.refuse(packet, status.keyEnoent)
    if (packet.extras.length === 16) {
      const view = new DataView(packet.extras.buffer, packet.extras.byteOffset, 16)
      const [epoch, revision] = [view.getBigInt64(0), view.getBigInt64(8)]
      const [ownEpoch, ownRevision] = [BigInt(config.revEpoch), BigInt(config.rev)]
      if (epoch > ownEpoch || (epoch === ownEpoch && revision >= ownRevision)) return session.answer(packet)
    }
    await session.answer(packet, { value: jsonBytes(config), isJson: true })
  },
}

export const noop: Command = { key: 'none', value: 'none', run: ({ session, packet }) => session.answer(packet) }

/** The client may do without (§13). */
export const getErrorMap: Command = {
  isOpen: true,
  key: 'none',
  value: 'optional',
  run: ({ session, packet }) => session.refuse(packet, status.notSupported),
}

/** PLAIN shows the password to whoever listens. */
function available({ session, context }: Call): readonly (typeof mechanisms)[number][] {
  const isPlainSafe = session.isSecure || context.isPlainAllowed
  return mechanisms.filter((name) => name !== 'PLAIN' || isPlainSafe)
}

async function answerScram(call: Call, step: ScramStep): Promise<void> {
  const { session, packet, context } = call
  switch (step.outcome) {
    case 'continue':
      return session.answer(packet, { status: status.authContinue, value: Buffer.from(step.message) })
    case 'success':
      session.user = context.users.find(step.user)
      context.emit({ type: 'login', session, user: step.user, isAllowed: true })
      return session.answer(packet, { value: Buffer.from(step.message) })
    case 'denied':
      return deny(call, '')
    case 'malformed':
      return session.refuse(packet, status.einval, 'Malformed SCRAM message')
  }
}

async function deny({ session, packet, context }: Call, user: string): Promise<void> {
  context.emit({ type: 'login', session, user, isAllowed: false })
  await session.refuse(packet, status.authError, 'Authentication failed')
}

/** The key is a name, or JSON with the name as `a`. Shown to a person, so it has an end. */
function agentName(key: Uint8Array): string {
  const json = parseJson(key)
  const name =
    typeof json === 'object' && json !== null && 'a' in json && typeof json.a === 'string' ? json.a : text(key)
  return name.slice(0, 100)
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
