// Guards: the TypeScript job that README.md shows is the template's, which is compiled and tested.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const jobOf = (text: string): string => /export default job\([\s\S]*?\n\}\)/.exec(text)![0]

test('README.md shows the job of the taxi template', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))!
  const template = readFileSync('templates/taxi/jobs/hourly-revenue.ts', 'utf8')
  expect(jobOf(shown!)).toBe(jobOf(template))
  const fields = /schema\(\{ (.*) \}\)/.exec(shown!)![1]!.split(', ')
  for (const field of fields) expect(template).toContain(`  ${field},\n`)
})
