// EXPLAIN: the three sections of Flink's answer, from the same plan that would run.
import { changelogModeToString } from './changelog-mode.ts'
import { logicalPlanText, treeText } from './describe-logical.ts'
import type { LogicalNode } from './logical-node.ts'
import { physicalInputs, type PhysicalNode } from './physical-node.ts'

export interface ExplainOptions {
  /** EXPLAIN CHANGELOG_MODE: shows the kinds of rows each operator gives. */
  readonly changelogMode: boolean
}

/** The NOT NULL enforcer belongs to the sink: Flink does not show it either. */
function withoutEnforcer(node: PhysicalNode): PhysicalNode {
  return node.kind === 'operator' && node.operator.type === 'sink-constraint' ? node.inputs[0]! : node
}

function physicalText(root: PhysicalNode, options: ExplainOptions): string {
  const shown = root.kind === 'sink' && root.sink.connector === 'collect' ? withoutEnforcer(root.input) : root
  const describe = (node: PhysicalNode): string => {
    const mode = options.changelogMode ? `, changelogMode=[${changelogModeToString(node.changelog)}]` : ''
    return `${node.title}(${node.detail}${mode})`
  }
  return treeText(shown, describe, (node) => physicalInputs(node).map(withoutEnforcer))
}

function section(title: string, trees: readonly string[]): string {
  return `== ${title} ==\n${trees.join('\n\n')}\n`
}

export function explainText(
  logical: readonly LogicalNode[],
  physical: readonly PhysicalNode[],
  warnings: readonly string[],
  options: ExplainOptions,
): string {
  const plain = { ...options, changelogMode: false }
  const sections = [
    section('Abstract Syntax Tree', logical.map(logicalPlanText)),
    section(
      'Optimized Physical Plan',
      physical.map((root) => physicalText(root, options)),
    ),
    section(
      'Optimized Execution Plan',
      physical.map((root) => physicalText(root, plain)),
    ),
    ...(warnings.length === 0
      ? []
      : [
          section(
            'Warnings',
            warnings.map((warning) => `- ${warning}`),
          ),
        ]),
  ]
  return sections.join('\n')
}
