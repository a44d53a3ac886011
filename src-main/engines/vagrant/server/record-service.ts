import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { EmptySchema } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { Ref_BasisSchema, Ref_BoxSchema, Ref_ProjectSchema, Ref_TargetSchema } from '../generated/plugin_pb.js'
import type { Vagrant } from '../generated/server_pb.js'
import type { RecordStore } from '../records/record-store.ts'
import { notFound } from '../records/validation.ts'
import { noProtoValue } from '../wire/failure.ts'

type RecordMethods = Pick<
  ServiceImpl<typeof Vagrant>,
  | 'upsertBasis'
  | 'getBasis'
  | 'findBasis'
  | 'listBasis'
  | 'upsertProject'
  | 'getProject'
  | 'findProject'
  | 'listProjects'
  | 'upsertTarget'
  | 'deleteTarget'
  | 'getTarget'
  | 'findTarget'
  | 'listTargets'
  | 'upsertBox'
  | 'deleteBox'
  | 'getBox'
  | 'listBoxes'
  | 'findBox'
>

const empty: MessageInitShape<typeof EmptySchema> = {}

/** Methods 2 to 19 of section 7. */
export function recordMethods({ basis, projects, targets, boxes }: RecordStore): RecordMethods {
  return {
    upsertBasis: (request) => ({ basis: basis.upsert(sent(request.basis)) }),
    getBasis: (request) => ({ basis: found('basis', basis.get(sent(request.basis).resourceId)) }),
    findBasis: (request) => ({ basis: found('basis', basis.find(sent(request.basis))) }),
    listBasis: () => ({
      basis: basis.list().map(({ resourceId, name, path }) => create(Ref_BasisSchema, { resourceId, name, path })),
    }),

    upsertProject: (request) => ({ project: projects.upsert(sent(request.project)) }),
    getProject: (request) => ({ project: found('project', projects.get(sent(request.project).resourceId)) }),
    findProject: (request) => ({ project: found('project', projects.find(sent(request.project))) }),
    listProjects: () => ({
      projects: projects
        .list()
        .map(({ resourceId, name, path, basis: parent }) =>
          create(Ref_ProjectSchema, { resourceId, name, path, ...(parent && { basis: parent }) }),
        ),
    }),

    upsertTarget: (request) => {
      const target = sent(request.target)
      if (target.project === undefined && request.project !== undefined) target.project = request.project
      return { target: targets.upsert(target) }
    },
    deleteTarget: (request) => {
      targets.delete(sent(request.target).resourceId)
      return empty
    },
    getTarget: (request) => ({ target: found('target', targets.get(sent(request.target).resourceId)) }),
    findTarget: (request) => ({ target: found('target', targets.find(sent(request.target))) }),
    listTargets: () => ({
      targets: targets
        .list()
        .map(({ resourceId, name, project }) =>
          create(Ref_TargetSchema, { resourceId, name, ...(project && { project }) }),
        ),
    }),

    upsertBox: (request) => ({ box: boxes.upsert(sent(request.box)) }),
    deleteBox: (request) => {
      boxes.delete(sent(request.box).resourceId)
      return empty
    },
    getBox: (request) => ({ box: found('box', boxes.get(sent(request.box).resourceId)) }),
    listBoxes: () => ({
      boxes: boxes
        .list()
        .map(({ resourceId, name, version, provider }) =>
          create(Ref_BoxSchema, { resourceId, name, version, provider }),
        ),
    }),
    // Nothing that fits is an answer, not a failure.
    findBox: (request) => {
      const box = boxes.find(sent(request.box))
      return box === undefined ? {} : { box }
    },
  }
}

function sent<Value>(value: Value | undefined): Value {
  if (value === undefined) throw noProtoValue()
  return value
}

function found<Value>(kind: string, value: Value | undefined): Value {
  if (value === undefined) throw notFound(kind)
  return value
}
