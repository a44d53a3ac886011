/**
 * The layers of the house (docs/architecture.md). Imports point one way:
 * hosts → app → sources, repositories → engines → storage, archive → os → src-shared; catalog stands beside storage.
 */
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  comment: `${from} may import only ${allowed.join(', ')}: see "The house" in docs/architecture.md`,
  from: { path: from },
  to: { path: '^src-', pathNot: [from, ...allowed] },
})

const shared = '^src-shared/'
const os = '^src-main/os/'
const storage = '^src-main/storage/'
const archive = '^src-main/archive/'
const engines = '^src-main/engines/'
const sources = '^src-main/sources/'
const repositories = '^src-main/repositories/'
const catalog = '^src-main/catalog/'
const app = '^src-main/app/'

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unknown-package', severity: 'error', from: {}, to: { couldNotResolve: true } },
    layer('shared-is-pure', shared, []),
    {
      name: 'shared-has-no-node',
      severity: 'error',
      from: { path: shared, pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    layer('os-imports-shared', os, [shared]),
    layer('storage-below-engines', storage, [os, shared]),
    layer('archive-below-engines', archive, [os, shared]),
    layer('engines-below-sources', engines, [storage, archive, os, shared]),
    {
      name: 'engines-are-strangers',
      severity: 'error',
      from: { path: '^src-main/engines/([^/]+)/' },
      to: { path: '^src-main/engines/', pathNot: '^src-main/engines/$1/' },
    },
    layer('sources-below-app', sources, [engines, storage, archive, os, shared]),
    layer('repositories-below-app', repositories, [sources, engines, storage, archive, os, shared]),
    layer('catalog-below-app', catalog, [os, shared]),
    layer('app-below-hosts', app, [sources, repositories, catalog, engines, storage, archive, os, shared]),
    layer('renderer-imports-shared', '^src-renderer/', [shared]),
    {
      name: 'features-are-strangers',
      severity: 'error',
      from: { path: '^src-renderer/features/([^/]+)/' },
      to: { path: '^src-renderer/features/', pathNot: '^src-renderer/features/$1/' },
    },
    {
      name: 'electron-in-its-host',
      severity: 'error',
      from: { pathNot: '^src-main/hosts/electron/' },
      to: { path: 'node_modules/electron/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json', '.css'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
}
