/** Assembles one PostgreSQL resource from its configuration: upstream connections, analysis connections, catalog, transforms. */
import type { Classification, Sensitive } from '@doorward/core'
import { TokenLanes } from '@doorward/phi'
import type { TextLimits, TextReader } from '@doorward/sql'
import type { ResourceConfig, SecretRef } from '../../config/index.ts'
import type { PostgresLimits } from './postgres-limits.ts'
import type { PostgresResource } from './resource.ts'
import { KeptScramKeys } from './scram-keys.ts'
import { PatientDigests } from '../../patients/patient-digest.ts'
import type { PatientBudget } from '../../patients/patient-budget.ts'
import type { Judged } from './session/answer.ts'
import { KeptAnswers } from './session/kept-answers.ts'
import { SessionTransforms, type TransformParts } from './transform-factory.ts'
import { KeptMasks } from './transform/kept-masks.ts'
import { ANALYSIS_PARAMETERS, MAX_TREE_BYTES, OWN_PARAMETERS } from './understand/analysis-connection.ts'
import { AnalysisPool } from './understand/analysis-pool.ts'
import { CatalogLoader } from './understand/catalog-loader.ts'
import { PLANNING_PARAMETERS, RowPlanner } from './understand/row-planner.ts'
import { Understander } from './understand/understander.ts'
import { UnderstandFault } from './understand/understand-fault.ts'
import { connectUpstream } from './upstream.ts'
import { UpstreamFault } from './upstream-fault.ts'
import type { UpstreamAddress } from './upstream-socket.ts'

export interface ResourceParts {
  readonly config: ResourceConfig
  readonly classification: Classification
  readonly reader: TextReader
  readonly tokenKey: Sensitive<Buffer>
  /** Asked at each connection, so that a rotated secret is seen. */
  readonly secret: (ref: SecretRef) => Sensitive<string>
  readonly limits: PostgresLimits
  readonly textLimits: TextLimits
  readonly ca: string | undefined
  readonly randomBytes: (size: number) => Buffer
  readonly now: () => number
  readonly patients: PatientBudget
}

export function openPostgresResource(parts: ResourceParts): PostgresResource {
  const { config, limits, randomBytes } = parts
  const { upstream } = config
  const address: UpstreamAddress = {
    host: upstream.host, port: upstream.port,
    tls: upstream.transport.kind === 'verify-full' ? { mode: 'verify-full', ca: parts.ca } : 'unsafely-plaintext',
  }
  const analyst = config.analysis ?? upstream
  const scramKeys = new KeptScramKeys()
  const analystKeys = config.analysis === undefined ? scramKeys : new KeptScramKeys()
  const pool = new AnalysisPool(async (searchPath, use) => {
    try {
      const parameters = new Map([...(use === 'own' ? OWN_PARAMETERS : ANALYSIS_PARAMETERS), ['search_path', searchPath]])
      const connection = await connectUpstream({ ...address, database: upstream.database, user: analyst.user, password: parts.secret(analyst.password), scramKeys: analystKeys, parameters, randomBytes, maxFrameBytes: MAX_TREE_BYTES }, AbortSignal.timeout(limits.startupMs))
      return { stream: connection.stream, reader: connection.reader }
    } catch (error) {
      if (error instanceof UpstreamFault) throw new UnderstandFault('unreachable', `no analysis connection: ${error.code}: ${error.message}`, { cause: error })
      throw error
    }
  }, limits.analysisMs)
  const planner = new RowPlanner(async () => {
    try {
      const { stream, reader } = await connectUpstream({ ...address, database: upstream.database, user: upstream.user, password: parts.secret(upstream.password), scramKeys, parameters: PLANNING_PARAMETERS, randomBytes }, AbortSignal.timeout(limits.startupMs))
      return { stream, reader }
    } catch (error) {
      if (error instanceof UpstreamFault) throw new UnderstandFault('unreachable', `no connection to plan on: ${error.code}: ${error.message}`, { cause: error })
      throw error
    }
  }, limits.analysisMs)
  const catalog = new CatalogLoader(pool, parts.classification)
  const digests = new PatientDigests(parts.tokenKey, config.name)
  const transforms: TransformParts = {
    types: catalog.catalog, isShownComment: (text) => catalog.catalog.isShownComment(text), tokenKey: parts.tokenKey, tokenLanes: TokenLanes.open(parts.tokenKey), keptMasks: new KeptMasks(),
    keptAnswers: new KeptAnswers<Judged>(), now: parts.now, classification: parts.classification,
    patientDigest: (id) => digests.of(id), spendPatient: (principal, patient, perHour) => parts.patients.spend(principal, patient, perHour),
  }
  const understander = new Understander({ reader: parts.reader, pool, catalog, textLimits: parts.textLimits, planner })
  return {
    name: config.name, address, understander, recorded: config.recorded,
    connect: (settings, signal) => connectUpstream({ ...address, database: upstream.database, user: upstream.user, password: parts.secret(upstream.password), scramKeys, parameters: settings, randomBytes }, signal),
    transforms: (principal, purpose) => new SessionTransforms(transforms, principal, purpose),
    close: async () => { await pool.close(); await planner.close() },
  }
}

