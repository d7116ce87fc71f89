// What `--operator` names: a vertex or one of its operators.
import { FlinktsError } from '../common/errors.ts'
import { nearestName } from '../common/near-name.ts'
import type { JobFacts, OperatorFacts } from './job-facts.ts'
import { plainName } from './phrase.ts'

const ID_PREFIX = /^[0-9a-f]{4,}$/

/**
 * By the operator's name with or without its number, by that number (as in the plan, from 1), by the id of operator or
 * vertex or its first digits, or by a vertex's name: then all of its operators. Throws OPTION_INVALID with the nearest.
 */
export function findOperator(facts: JobFacts, asked: string): readonly OperatorFacts[] {
  const operators = facts.vertices.flatMap((vertex) => vertex.operators)
  const lower = asked.toLowerCase()
  const isId = (id: string): boolean => id === asked || (ID_PREFIX.test(asked) && id.startsWith(asked))
  const ways: readonly (() => readonly OperatorFacts[])[] = [
    () => operators.filter(({ name }) => name.toLowerCase() === lower),
    () => operators.filter(({ name }) => plainName(name).toLowerCase() === lower),
    () => operators.filter(({ name }) => name.endsWith(`[${asked}]`)),
    () => facts.vertices.filter(({ name }) => name.toLowerCase() === lower).flatMap((vertex) => vertex.operators),
    () => operators.filter(({ source, sink }) => (source ?? sink)?.tableName.toLowerCase() === lower),
    () => operators.filter(({ nodeId }) => isId(nodeId)),
    () => facts.vertices.filter(({ id }) => isId(id)).flatMap((vertex) => vertex.operators),
  ]
  for (const way of ways) {
    const found = way()
    if (found.length > 0) return found
  }
  const near = nearestName(
    asked,
    operators.flatMap(({ name }) => [name, plainName(name)]),
  )
  const all = `The job's operators are ${operators.map(({ name }) => name).join(', ')}.`
  throw new FlinktsError('OPTION_INVALID', `the job has no operator '${asked}'`, {
    fix:
      operators.length === 0
        ? "Nothing was kept of the job's graph."
        : near === undefined
          ? all
          : `Did you mean '${near}'? ${all}`,
  })
}
