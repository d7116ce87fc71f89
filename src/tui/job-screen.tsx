import { Box, Text, useInput } from 'ink'
import type { ReactElement } from 'react'
import { jobScreenLines, type LineStyle, type ScreenState } from './job-screen-lines.ts'

const STYLES: Record<LineStyle, { color?: string; bold?: boolean; dimColor?: boolean }> = {
  title: { bold: true },
  heading: { color: 'cyan' },
  plain: {},
  dim: { dimColor: true },
  good: { color: 'green' },
  bad: { color: 'red' },
  warning: { color: 'yellow' },
}

export interface JobScreenProps {
  readonly state: ScreenState
  readonly onKey: (key: string) => void
}

export function JobScreen({ state, onKey }: JobScreenProps): ReactElement {
  useInput((input, key) => onKey(key.ctrl && input === 'c' ? 'ctrl-c' : input))
  return (
    <Box flexDirection="column">
      {jobScreenLines(state).map((line, index) => (
        <Text key={index} wrap="truncate" {...STYLES[line.style]}>
          {line.text === '' ? ' ' : line.text}
        </Text>
      ))}
    </Box>
  )
}
