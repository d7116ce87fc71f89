// What the builders of physical nodes share.
import type { OperatorSpec } from '../../operators/operator-spec.ts'
import type { RowType } from '../../types/logical-type.ts'
import { modifyKindsOf, type ChangelogMode, type ChangelogOptions } from './changelog-mode.ts'
import type { LogicalNode } from './logical-node.ts'
import type { PhysicalNode, PhysicalOperator } from './physical-node.ts'
import type { PlanSettings } from './plan-settings.ts'

/** What the consumer of a node asks for. */
export interface Requirement {
  /** Updates must come with their -U half. */
  readonly updateBefore: boolean
  /** A key's change may be given once per batch instead of once per row. */
  readonly perBatch: boolean
}

export interface PhysicalContext {
  readonly settings: PlanSettings
  readonly changelog: ChangelogOptions
  readonly warn: (message: string) => void
  readonly build: (node: LogicalNode, requirement: Requirement) => PhysicalNode
}

export const everyChange: Requirement = { updateBefore: true, perBatch: false }

export function parallelismOf(node: PhysicalNode): number | undefined {
  if (node.kind === 'exchange') return node.partitioning.kind === 'global' ? 1 : undefined
  if (node.kind === 'operator' && node.parallelism === undefined) return parallelismOf(node.inputs[0]!)
  return node.parallelism
}

export function modeOf(node: LogicalNode, requirement: Requirement, context: PhysicalContext): ChangelogMode {
  const kinds = modifyKindsOf(node, context.changelog)
  return { ...kinds, updateBefore: requirement.updateBefore && kinds.updates }
}

interface OperatorParts {
  readonly title: string
  readonly detail: string
  readonly operator: OperatorSpec
  readonly inputs: readonly PhysicalNode[]
  readonly type: RowType
  readonly changelog: ChangelogMode
  readonly stateDigest?: string
}

/** An operator on the parallelism of its input. */
export function physicalOperator({ stateDigest = '', ...parts }: OperatorParts): PhysicalOperator {
  return { kind: 'operator', parallelism: undefined, stateDigest, ...parts }
}

/** Rows of equal keys to one subtask; without keys everything to subtask 0. */
export function exchange(input: PhysicalNode, keys: readonly number[]): PhysicalNode {
  const names = keys.map((key) => input.type.fields[key]!.name).join(', ')
  return {
    kind: 'exchange',
    title: 'Exchange',
    detail: `distribution=[${keys.length === 0 ? 'single' : `hash[${names}]`}]`,
    type: input.type,
    changelog: input.changelog,
    input,
    partitioning: keys.length === 0 ? { kind: 'global' } : { kind: 'hash', keys },
  }
}
