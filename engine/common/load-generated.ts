/**
 * Turns generated source text into what it denotes: the one place of the engine that calls `new Function`. The text is
 * written by the engine itself (SQL expressions, aggregates, key look-ups), never by users: what comes from them is
 * embedded by JSON.stringify.
 */
export function loadGenerated<T>(code: string): T {
  const evaluate = new Function(`"use strict";\nreturn (${code})`) as () => T
  return evaluate()
}
