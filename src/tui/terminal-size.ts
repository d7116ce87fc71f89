export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** 80×24 where the stream is no terminal, or one that does not know its size: it says 0 then. */
export function terminalSize(output: Partial<TerminalSize>): TerminalSize {
  return { columns: output.columns || 80, rows: output.rows || 24 }
}
