import type { DescFile } from '@bufbuild/protobuf'
import { createRegistry, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import type { ServerReflectionRequest } from '../generated/grpc/reflection/v1/reflection_pb.js'
import type { ServerReflectionRequest as ServerReflectionRequestAlpha } from '../generated/grpc/reflection/v1alpha/reflection_pb.js'

/** The same in v1 and v1alpha, but for the name of the package. */
type ReflectionRequest = Pick<ServerReflectionRequest | ServerReflectionRequestAlpha, 'messageRequest'>

type Answer =
  | { readonly case: 'fileDescriptorResponse'; readonly value: { readonly fileDescriptorProto: Uint8Array[] } }
  | { readonly case: 'listServicesResponse'; readonly value: { readonly service: { readonly name: string }[] } }
  | { readonly case: 'errorResponse'; readonly value: { readonly errorCode: number; readonly errorMessage: string } }

/** Answers what a client asks about these files and what they import. */
export function createReflection(files: readonly DescFile[]): (request: ReflectionRequest) => Answer {
  const registry = createRegistry(...files)
  const byName = new Map<string, DescFile>()
  for (const file of files) collect(file, byName)
  const services = files.flatMap((file) => file.services.map(({ typeName }) => ({ name: typeName })))

  const fileAnswer = (file: DescFile | undefined, wanted: string): Answer => {
    if (file === undefined) return notKnown(wanted)
    const all = new Map<string, DescFile>()
    collect(file, all)
    return {
      case: 'fileDescriptorResponse',
      value: { fileDescriptorProto: [...all.values()].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)) },
    }
  }

  return ({ messageRequest }) => {
    switch (messageRequest.case) {
      case 'listServices':
        return { case: 'listServicesResponse', value: { service: services } }
      case 'fileByFilename':
        return fileAnswer(byName.get(messageRequest.value), messageRequest.value)
      case 'fileContainingSymbol':
        return fileAnswer(declaringFile(messageRequest.value), messageRequest.value)
      case undefined:
        return { case: 'errorResponse', value: { errorCode: Code.InvalidArgument, errorMessage: 'nothing was asked' } }
      default:
        return notKnown('extensions') // proto3 has none
    }
  }

  /** A method is found through its service, a nested name through what it is nested in. */
  function declaringFile(symbol: string): DescFile | undefined {
    const name = symbol.replace(/^\./, '')
    const found = registry.get(name)
    if (found !== undefined) return found.file
    const service = registry.getService(name.slice(0, name.lastIndexOf('.')))
    return service?.methods.some((method) => `${service.typeName}.${method.name}` === name) ? service.file : undefined
  }
}

function collect(file: DescFile, into: Map<string, DescFile>): void {
  // `name` leaves the ending out; descriptors keep it.
  if (into.has(file.proto.name)) return
  into.set(file.proto.name, file)
  for (const dependency of file.dependencies) collect(dependency, into)
}

function notKnown(wanted: string): Answer {
  return { case: 'errorResponse', value: { errorCode: Code.NotFound, errorMessage: `${wanted} is not known here` } }
}
