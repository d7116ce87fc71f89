// An HTTP server that answers as real Flink did when it was recorded (test/fixtures/rest): paths with the ids' places.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Recording = Readonly<Record<string, { readonly status: number; readonly body: unknown }>>

export interface RecordedRest {
  readonly address: string
  /** Paths that were asked for, with queries. */
  readonly asked: readonly string[]
  close(): void
}

/** The id that stands in the recording as `{job}`. */
export const RECORDED_JOB = '{job}'

export function readRecording(name: 'running-job' | 'failed-job'): Recording {
  return JSON.parse(readFileSync(new URL(`../fixtures/rest/${name}.json`, import.meta.url), 'utf8')) as Recording
}

/** `answer` gives the body of a path without its query; undefined: 404. */
export async function serveRest(answer: (path: string) => unknown): Promise<RecordedRest> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/')
    asked.push(path)
    const body = answer(path.split('?')[0]!)
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? { errors: ['not found'] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Without a path of its own the first one that differs in its query only; the second vertex stands in for the first. */
export function recordedAnswer(recording: Recording, path: string): unknown {
  const key = recording[path] === undefined ? Object.keys(recording).find((each) => each.startsWith(`${path}?`)) : path
  if (key !== undefined) return recording[key]!.body
  return path.includes('{vertex0}') ? recordedAnswer(recording, path.replace('{vertex0}', '{vertex1}')) : undefined
}
