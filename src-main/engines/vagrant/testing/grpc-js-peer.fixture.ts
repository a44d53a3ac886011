import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import {
  type ChannelCredentials,
  type ClientDuplexStream,
  credentials,
  Client as GrpcClient,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js'

/** What every client sends (section 4.1). */
export const versionMetadata = {
  'client-api-protocol': '1,1',
  'client-entrypoint-protocol': '1,1',
  'client-version': '2.3.7',
} as const

export interface PeerOptions {
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>
  readonly credentials?: ChannelCredentials
  /** Under another path than the method's own. */
  readonly path?: string
}

/** The other end of the wire in another implementation of gRPC. Calls that fail reject with grpc-js's `ServiceError`. */
export class GrpcJsPeer {
  readonly #client: GrpcClient
  readonly #options: PeerOptions

  constructor(port: number, options: PeerOptions = {}) {
    this.#client = new GrpcClient(`127.0.0.1:${port}`, options.credentials ?? credentials.createInsecure(), {
      // Each peer a connection of its own, as from another computer.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': 64 * 1024 * 1024,
    })
    this.#options = options
  }

  call<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodUnary<Input, Output>,
    request: MessageInitShape<Input>,
    options: PeerOptions = {},
  ): Promise<MessageShape<Output>> {
    const { path, encode, decode } = codec(method, options)
    return new Promise((resolve, reject) => {
      const message = create(method.input, request)
      this.#client.makeUnaryRequest(path, encode, decode, message, this.#metadata(options), (error, reply) => {
        if (error !== null) reject(error)
        else if (reply === undefined) reject(new Error('no reply'))
        else resolve(reply)
      })
    })
  }

  listen<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodServerStreaming<Input, Output>,
    request: MessageInitShape<Input>,
    options: PeerOptions = {},
  ): { messages: AsyncIterator<MessageShape<Output>>; cancel(): void; pause(): void; resume(): void } {
    const { path, encode, decode } = codec(method, options)
    const message = create(method.input, request)
    const stream = this.#client.makeServerStreamRequest(path, encode, decode, message, this.#metadata(options))
    return {
      messages: stream[Symbol.asyncIterator](),
      cancel: () => stream.cancel(),
      pause: () => void stream.pause(),
      resume: () => void stream.resume(),
    }
  }

  /** Sends messages one after the other, then half-closes; resolves with the reply. */
  upload<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodClientStreaming<Input, Output>,
    requests: Iterable<MessageInitShape<Input>>,
    options: PeerOptions = {},
  ): Promise<MessageShape<Output>> {
    const { path, encode, decode } = codec(method, options)
    return new Promise((resolve, reject) => {
      const stream = this.#client.makeClientStreamRequest(
        path,
        encode,
        decode,
        this.#metadata(options),
        (error, reply) => {
          if (error !== null) reject(error)
          else if (reply === undefined) reject(new Error('no reply'))
          else resolve(reply)
        },
      )
      stream.on('error', () => undefined)
      for (const request of requests) stream.write(create(method.input, request))
      stream.end()
    })
  }

  open<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodBiDiStreaming<Input, Output>,
    options: PeerOptions = {},
  ): PeerStream<Input, Output> {
    const { path, encode, decode } = codec(method, options)
    const stream = this.#client.makeBidiStreamRequest<MessageShape<Input>, MessageShape<Output>>(
      path,
      encode,
      decode,
      this.#metadata(options),
    )
    return new PeerStream(method.input, stream)
  }

  close(): void {
    this.#client.close()
  }

  #metadata({ metadata = {} }: PeerOptions): Metadata {
    const result = new Metadata()
    for (const [key, value] of Object.entries({ ...(this.#options.metadata ?? versionMetadata), ...metadata })) {
      for (const one of [value].flat()) result.add(key, one)
    }
    return result
  }
}

export class PeerStream<Input extends DescMessage, Output extends DescMessage> {
  readonly #schema: Input
  readonly #stream: ClientDuplexStream<MessageShape<Input>, MessageShape<Output>>
  readonly #messages: AsyncIterator<MessageShape<Output>>

  constructor(schema: Input, stream: ClientDuplexStream<MessageShape<Input>, MessageShape<Output>>) {
    this.#schema = schema
    this.#stream = stream
    this.#stream.on('error', () => undefined)
    this.#messages = stream[Symbol.asyncIterator]()
  }

  send(message: MessageInitShape<Input>): void {
    this.#stream.write(create(this.#schema, message))
  }

  /** The next message; fails when the stream has ended. */
  async next(): Promise<MessageShape<Output>> {
    const { done, value } = await this.#messages.next()
    if (done) throw new Error('the stream has ended')
    return value
  }

  /** Reads on to the end; resolves only when that is OK. */
  async ended(): Promise<MessageShape<Output>[]> {
    const rest: MessageShape<Output>[] = []
    for (;;) {
      const { done, value } = await this.#messages.next()
      if (done) return rest
      rest.push(value)
    }
  }

  halfClose(): void {
    this.#stream.end()
  }

  cancel(): void {
    this.#stream.cancel()
  }
}

/** What a call failed with. Throws when it did not fail. */
export async function failureOf(work: Promise<unknown>): Promise<ServiceError> {
  try {
    await work
  } catch (error) {
    // grpc-js throws nothing else with these two.
    if (error instanceof Error && 'code' in error && 'details' in error) return error as ServiceError
    throw error
  }
  throw new Error('the call went well')
}

function codec<Input extends DescMessage, Output extends DescMessage>(
  method: DescMethod & { readonly input: Input; readonly output: Output },
  options: PeerOptions,
) {
  return {
    path: options.path ?? `/${method.parent.typeName}/${method.name}`,
    encode: (message: MessageShape<Input>) => Buffer.from(toBinary(method.input, message)),
    decode: (bytes: Buffer) => fromBinary(method.output, bytes),
  }
}
