// The findings of `flinkts why`, as a pane.
import type { FindingView } from '../../services/job-view/findings-view.ts'
import { line, printable, span, wrapText, type ScreenLine, type Style } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'

const STYLES: Readonly<Record<FindingView['severity'], Style>> = { cause: 'bad', warning: 'warning', note: 'plain' }

function findingLines({ severity, text, details }: FindingView, columns: number): ScreenLine[] {
  const [first = '', ...rest] = wrapText(printable(text), columns - severity.length - 2)
  const indent = ' '.repeat(severity.length + 2)
  return [
    [span(`${severity}: `, STYLES[severity]), span(first, 'bold')],
    ...rest.map((each) => line(indent + each, 'bold')),
    ...details.flatMap((detail) => wrapText(`  ${printable(detail)}`, columns, 4)).map((each) => line(each)),
    line(''),
  ]
}

/** The first finding that is worth a line on every tab. */
export function bannerLine(findings: readonly FindingView[]): ScreenLine | undefined {
  const first = findings.find(({ severity }) => severity !== 'note')
  if (first === undefined) return undefined
  return [span(`${first.severity}: `, STYLES[first.severity]), span(printable(first.text))]
}

export function whyPane({ data, columns }: ScreenState): TabContent {
  const header = [line('Why? The cause comes first; esc or w goes back.', 'heading'), line('')]
  if (data.findings.length === 0)
    return { header, lines: [line('nothing is in the way, or the session has not answered yet', 'dim')] }
  return { header, lines: data.findings.flatMap((finding) => findingLines(finding, columns)) }
}
