// Why nothing comes out, as GET /flinkts/jobs/:job/why says it.
import { callRest } from '../rest-client.ts'
import { listOf, objectsOf, textOf, type RestAnswer } from './rest-answer.ts'

export interface FindingView {
  readonly kind: string
  readonly severity: 'cause' | 'warning' | 'note'
  /** One line. */
  readonly text: string
  readonly details: readonly string[]
}

function severityOf(value: unknown): FindingView['severity'] {
  return value === 'cause' || value === 'warning' ? value : 'note'
}

/** The cause first. Empty: nothing is in the way. */
export async function readFindings(address: string, jobId: string): Promise<FindingView[]> {
  const { findings } = await callRest<RestAnswer>(address, { path: `/flinkts/jobs/${jobId}/why` })
  return objectsOf(findings).map((finding) => ({
    kind: textOf(finding['kind']) ?? '',
    severity: severityOf(finding['severity']),
    text: textOf(finding['text']) ?? '',
    details: listOf(finding['details']).map(String),
  }))
}
