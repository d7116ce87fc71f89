// The log of a container, line by line.
import type { FollowLogsOptions } from '../service-stack.ts'
import { engineFailure } from './docker-errors.ts'
import { LogFrames, linesOfLog } from './log-frames.ts'
import type { Engine } from './open-engine.ts'

export async function* followContainerLogs(
  engine: Engine,
  id: string,
  { tail, follow, signal }: FollowLogsOptions,
): AsyncGenerator<string, void, undefined> {
  const container = engine.lasting.getContainer(id)
  const outputs = { stdout: true, stderr: true, tail } as const
  try {
    if (!follow) {
      yield* linesOfLog(await container.logs({ ...outputs, follow: false }))
      return
    }
    const stream = await container.logs({
      ...outputs,
      follow: true,
      ...(signal === undefined ? {} : { abortSignal: signal }),
    })
    const frames = new LogFrames()
    for await (const chunk of stream) yield* frames.push(chunk as Buffer)
    yield* frames.end()
  } catch (cause) {
    if (signal?.aborted === true) return
    throw engineFailure('reading the log', cause)
  }
}
