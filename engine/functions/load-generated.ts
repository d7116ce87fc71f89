/**
 * Turns generated source text into what it denotes. The text comes from the planner of the same package (engine/sql),
 * never from users: their literals are embedded by JSON.stringify.
 */
export function loadGenerated<T>(code: string): T {
  const evaluate = new Function(`"use strict";\nreturn (${code})`) as () => T
  return evaluate()
}
