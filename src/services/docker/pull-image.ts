// Brings an image that is not here yet, telling how far each layer is.
import type { ServiceName, PullProgress } from '../session/session-protocol.ts'
import type { ImageFacts } from './container-specs.ts'
import { engineFailure, pullFailure, statusOf } from './docker-errors.ts'
import type { Engine } from './open-engine.ts'

/** A line of the engine's answer to a pull. */
export interface PullLine {
  readonly id?: string
  readonly status?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
  readonly error?: string
  readonly errorDetail?: { readonly message?: string }
}

type Layers = Map<string, PullProgress['layers'][number]>

/** Layers are known by twelve hexadecimal digits; other lines tell of the image as a whole. */
const LAYER_ID = /^[0-9a-f]{12}$/

/** Notes what a line tells of a layer. Returns whether it told something. */
export function notePullLine(layers: Layers, { id, status, progressDetail }: PullLine): boolean {
  if (id === undefined || status === undefined || !LAYER_ID.test(id)) return false
  const { current: currentBytes, total: totalBytes } = progressDetail ?? {}
  layers.set(id, { id, state: status, currentBytes, totalBytes: totalBytes ?? layers.get(id)?.totalBytes })
  return true
}

/** What the engine knows of an image; undefined where it does not have it. */
export async function inspectImage(engine: Engine, image: string): Promise<ImageFacts | undefined> {
  try {
    const { Config } = await engine.docker.getImage(image).inspect()
    const variables = (Config.Env ?? []).map((text) => text.split(/=(.*)/s, 2) as [string, string])
    return { volumes: Object.keys(Config.Volumes ?? {}), environment: Object.fromEntries(variables) }
  } catch (cause) {
    if (statusOf(cause) === 404) return undefined
    throw engineFailure(`looking for the image ${image}`, cause)
  }
}

/** A registry that sends nothing for so long will not send any more. */
const SILENCE_MS_MAX = 120_000
/** Between two reports. */
const REPORT_MS = 200

export interface PullOptions {
  readonly service: ServiceName
  readonly image: string
  readonly pulling: (progress: PullProgress) => void
  readonly signal: AbortSignal
}

function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest` // without a tag the engine would bring every one
}

/** Throws DOCKER_IMAGE_NOT_FOUND, DOCKER_OFFLINE or DOCKER_FAILED. */
export async function pullImage(engine: Engine, { service, image, pulling, signal }: PullOptions): Promise<void> {
  const layers: Layers = new Map()
  const report = (): void => pulling({ image, layers: [...layers.values()] })
  report()
  let reporter: NodeJS.Timeout | undefined
  try {
    const stream = (await engine.lasting.pull(withTag(image), { abortSignal: signal })) as NodeJS.ReadableStream & {
      destroy(error: Error): void
    }
    const giveUp = (): void =>
      stream.destroy(new Error(`the registry sent nothing for ${SILENCE_MS_MAX / 1000} s: timeout exceeded`))
    let silence = setTimeout(giveUp, SILENCE_MS_MAX)
    let changed = false
    reporter = setInterval(() => {
      if (changed) report()
      changed = false
    }, REPORT_MS)
    try {
      for await (const line of jsonLines(stream)) {
        clearTimeout(silence)
        silence = setTimeout(giveUp, SILENCE_MS_MAX)
        const failure = line.errorDetail?.message ?? line.error
        if (failure !== undefined) throw new Error(failure)
        changed = notePullLine(layers, line) || changed
      }
    } finally {
      clearTimeout(silence)
    }
    report()
  } catch (cause) {
    signal.throwIfAborted()
    throw pullFailure(image, service, cause)
  } finally {
    clearInterval(reporter)
  }
}

async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator<PullLine> {
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as PullLine
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as PullLine
}
