// Templates of projects as text.
import type { Template } from '../services/scaffold-project.ts'
import { padToWidth } from './display-width.ts'

export function templateLines(templates: readonly Template[]): string[] {
  const width = Math.max(...templates.map(({ name }) => name.length))
  return templates.map(({ name, description }) => `${padToWidth(name, width, 'left')}  ${description}`)
}

/** What to type in a new project; `path` leads to it from here. */
export function nextSteps(path: string, { run, produce, query }: Template): string[] {
  return [
    ...(path === '.' ? [] : [`  cd ${/^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`}`]),
    `  npx flinkts run ${run}`,
    '',
    'and in a second terminal, in the same folder:',
    '',
    ...produce.map((events) => `  npx flinkts produce ${events}`),
    `  npx flinkts query "${query}"`,
  ]
}
