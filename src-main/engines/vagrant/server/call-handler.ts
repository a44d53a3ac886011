import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, type ConnectRouter, createConnectRouter, type Interceptor } from '@connectrpc/connect'
import type { UniversalHandler, UniversalServerResponse } from '@connectrpc/connect/protocol'
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node'
import {
  Health,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from '../generated/grpc/health/v1/health_pb.js'
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from '../generated/grpc/reflection/v1/reflection_pb.js'
import {
  ServerReflection as ServerReflectionAlpha,
  type ServerReflectionRequest as ServerReflectionRequestAlpha,
  ServerReflectionResponseSchema as ServerReflectionResponseAlphaSchema,
} from '../generated/grpc/reflection/v1alpha/reflection_pb.js'
import { Vagrant } from '../generated/server_pb.js'
import { VagrantSnapshots } from '../generated/snapshot_service_pb.js'
import { failure } from '../wire/failure.ts'
import { snapshotService, vagrantService } from './call-context.ts'
import { createReflection } from './reflection-methods.ts'

type NodeRequest = IncomingMessage | Http2ServerRequest
type NodeResponse = ServerResponse | Http2ServerResponse
export type CallHandler = (request: NodeRequest, response: NodeResponse) => void

/** gRPC's default for what is received. */
const maximumMessageBytes = 4 * 1024 * 1024
/** A job stream carries whole batches. */
const maximumSentBytes = 64 * 1024 * 1024

export interface CallHandlerOptions {
  readonly interceptors: readonly Interceptor[]
  readonly vagrant: Parameters<typeof addVagrant>[1]
  readonly snapshots: Parameters<typeof addSnapshots>[1]
  /** Aborts when the server goes away: then it does not serve any more. */
  readonly stopping: AbortSignal
  readonly protocol: 'grpc' | 'grpc-web'
  bug(path: string, error: unknown): void
}

/** What turns HTTP requests into calls. */
export function createCallHandler(options: CallHandlerOptions): CallHandler {
  const router = createConnectRouter({
    interceptors: [...options.interceptors],
    readMaxBytes: maximumMessageBytes,
    writeMaxBytes: maximumSentBytes,
    acceptCompression: [compressionGzip],
    grpc: options.protocol === 'grpc',
    grpcWeb: options.protocol === 'grpc-web',
    connect: false,
  })
  addVagrant(router, options.vagrant)
  addSnapshots(router, options.snapshots)
  addHealth(router, options.stopping)
  addReflection(router)
  const handlers = new Map<string, UniversalHandler>(router.handlers.map((handler) => [handler.requestPath, handler]))
  return (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? ''
    const handler = handlers.get(path)
    if (handler === undefined) {
      refuse(response)
      return
    }
    answer(handler, request, response).catch((error: unknown) => {
      // A peer that went away is no bug; what failed inside the call was told already.
      if (!(error instanceof ConnectError) || error.code === Code.Internal) options.bug(path, error)
    })
  }
}

async function answer(handler: UniversalHandler, request: NodeRequest, response: NodeResponse): Promise<void> {
  const result: UniversalServerResponse = await handler(
    universalRequestFromNodeRequest(request, response, undefined, undefined),
  )
  const { trailer } = result
  // Read when the body is out: only then is it filled.
  const plain =
    trailer === undefined
      ? {}
      : {
          get trailer() {
            return withPlainMessage(trailer)
          },
        }
  await universalResponseToNodeResponse(
    Object.defineProperties({ ...result }, Object.getOwnPropertyDescriptors(plain)),
    response,
  )
}

/**
 * Connect escapes everything in a status message that is not a letter, grpc-js undoes that only in part, and clients look for words
 * such as `Name:`. gRPC itself asks to escape only what is not printable, and the per cent sign.
 */
function withPlainMessage(trailer: Headers): Headers {
  const message = trailer.get('grpc-message')
  if (message === null) return trailer
  const plain = new Headers(trailer)
  plain.set('grpc-message', decodeURIComponent(message).replace(/[^ -$&-~]+|%/gu, encodeURIComponent))
  return plain
}

/** A method that is not offered, as gRPC says it. */
function refuse(response: NodeResponse): void {
  response.statusCode = 200
  response.setHeader('content-type', 'application/grpc')
  response.setHeader('grpc-status', String(Code.Unimplemented))
  response.setHeader('grpc-message', 'unknown method')
  response.end()
}

function addVagrant(router: ConnectRouter, methods: Parameters<typeof router.service<typeof Vagrant>>[1]): void {
  router.service(Vagrant, methods)
}

/** Under the companion's name, and under the path that Vagrant up to 2.3.6 has (section 14.2). */
function addSnapshots(
  router: ConnectRouter,
  methods: Parameters<typeof router.service<typeof VagrantSnapshots>>[1],
): void {
  const before = router.handlers.length
  router.service(VagrantSnapshots, methods)
  for (const handler of router.handlers.slice(before)) {
    const requestPath = handler.requestPath.replace(snapshotService, vagrantService)
    // A handler is a function with facts about it; `bind` makes another function of the same.
    router.handlers.push(Object.assign(handler.bind(undefined), { ...handler, requestPath }))
  }
}

function addHealth(router: ConnectRouter, stopping: AbortSignal): void {
  const services = new Set(['', vagrantService, snapshotService])
  const stateOf = (service: string) => {
    if (!services.has(service)) return HealthCheckResponse_ServingStatus.SERVICE_UNKNOWN
    return stopping.aborted ? HealthCheckResponse_ServingStatus.NOT_SERVING : HealthCheckResponse_ServingStatus.SERVING
  }
  router.service(Health, {
    check: ({ service }) => {
      if (!services.has(service)) throw failure('not-found', 'unknown service')
      return create(HealthCheckResponseSchema, { status: stateOf(service) })
    },
    async *watch({ service }, { signal }) {
      yield create(HealthCheckResponseSchema, { status: stateOf(service) })
      if (!stopping.aborted) await aborted(AbortSignal.any([signal, stopping]))
      if (!signal.aborted) yield create(HealthCheckResponseSchema, { status: stateOf(service) })
    },
  })
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function addReflection(router: ConnectRouter): void {
  const files = [Vagrant, VagrantSnapshots, Health, ServerReflection, ServerReflectionAlpha].map(({ file }) => file)
  const reflect = createReflection([...new Set(files)])
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests: AsyncIterable<ServerReflectionRequest>) {
      for await (const request of requests) {
        const { host: validHost } = request
        yield create(ServerReflectionResponseSchema, {
          validHost,
          originalRequest: request,
          messageResponse: reflect(request),
        })
      }
    },
  })
  router.service(ServerReflectionAlpha, {
    async *serverReflectionInfo(requests: AsyncIterable<ServerReflectionRequestAlpha>) {
      for await (const request of requests) {
        const { host: validHost } = request
        yield create(ServerReflectionResponseAlphaSchema, {
          validHost,
          originalRequest: request,
          messageResponse: reflect(request),
        })
      }
    },
  })
}
