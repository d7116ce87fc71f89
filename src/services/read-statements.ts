import { StatementSplitter, type SourceText } from '../../engine/planner.ts'

/** Statements as their text arrives; errors point into `file`. Throws SQL_SYNTAX where a statement has no end. */
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
  } catch (error) {
    // closed because the user wants to leave
    if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return
    throw error
  }
  yield* splitter.end()
}
