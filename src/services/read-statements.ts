import { FlinktsError } from '../../engine/host.ts'
import { StatementSplitter, type SourceText } from '../../engine/planner.ts'

/** Statements as their text arrives; errors point into `file`. Throws FILE_NOT_FOUND. */
export async function* statementsOf(
  pieces: AsyncIterable<Buffer | string>,
  file: string | undefined,
): AsyncGenerator<SourceText> {
  const splitter = new StatementSplitter((source) => ({ ...source, file }))
  const decoder = new TextDecoder()
  try {
    for await (const piece of pieces) {
      yield* splitter.push(typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }))
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new FlinktsError('FILE_NOT_FOUND', `there is no file ${file}`, {
      fix: 'name a file with SQL statements',
      cause,
    })
  }
  yield* splitter.end()
}
