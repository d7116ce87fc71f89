// What `init` asks somebody at a terminal: only what the command line does not say.
import { setTimeout as delay } from 'node:timers/promises'
import { discoveryInput, findEngine, type FoundEngine } from '../services/docker/find-engine.ts'
import { expectNewFolder, listTemplates } from '../services/scaffold-project.ts'
import { askLine } from './ask-line.ts'
import { choose, type QuestionTerminal } from './choose.ts'

export interface ProjectAnswers {
  readonly folder: string
  readonly template: string
  readonly services: 'embedded' | 'docker'
}

/** What the command line says already. */
export type GivenAnswers = { readonly [Name in keyof ProjectAnswers]: ProjectAnswers[Name] | undefined }

/** An engine that answers later than this is not offered. */
const ENGINE_LIMIT_MS = 500

async function answeringEngine(): Promise<FoundEngine | undefined> {
  const found = findEngine(discoveryInput()).catch(() => undefined)
  return Promise.race([found, delay(ENGINE_LIMIT_MS, undefined, { ref: false })])
}

async function askServices(engine: FoundEngine, terminal: QuestionTerminal): Promise<ProjectAnswers['services']> {
  const kind = engine.isPodman ? 'Podman' : 'Docker'
  const choices = [
    { name: 'embedded', description: 'processes of flinkts; up in a second, nothing to download' },
    { name: 'docker', description: `containers of ${kind} ${engine.version}: apache/kafka and postgres` },
  ]
  return (await choose('What are Kafka and Postgres?', choices, terminal)) === 1 ? 'docker' : 'embedded'
}

/**
 * Whoever names the template has chosen, and is not asked about services either. Rejects with an AbortError where a
 * question is not answered, and with PROJECT_EXISTS for a folder that holds something.
 */
export async function askProject(
  given: GivenAnswers,
  terminal: QuestionTerminal & { readonly output: NodeJS.WritableStream },
): Promise<ProjectAnswers> {
  const looking = given.services === undefined && given.template === undefined ? answeringEngine() : undefined
  const templates = listTemplates()
  const template = given.template ?? templates[await choose('Which template?', templates, terminal)]!.name
  const folder = given.folder ?? (await askLine('Which folder?', template, terminal))
  expectNewFolder(folder)
  const engine = await looking
  const services = engine === undefined ? (given.services ?? 'embedded') : await askServices(engine, terminal)
  return { folder, template, services }
}
