// A workshop of two chapters in a temporary folder: what tests of the runner read.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'

const exercise = (name: string): string => `
  - name: ${name}
    title: Title of ${name}
    files: [job.sql]
    hints: [first hint, second hint]`

export function manifestText(title: string, exercises: readonly string[], prerequisites = ''): string {
  return `title: ${title}
goal: You can do it.
minutes: 10
prerequisites: [${prerequisites}]
exercises:${exercises.map(exercise).join('')}
questions:
  - { question: One?, choices: [a, b, c], answer: 2, because: As b. }
  - { question: Two?, choices: [a, b], answer: 1, because: As a. }
flink: The same.
`
}

export const GAP = ['TO', 'DO'].join('')

function exerciseFiles(chapter: string, name: string): Record<string, string> {
  return {
    [`${chapter}/exercises/${name}/README.md`]: `# Title of ${name}\n\nDo it.\n`,
    [`${chapter}/exercises/${name}/job.sql`]: `-- ${GAP}\nSELECT 1;\n`,
    [`${chapter}/exercises/${name}/given.csv`]: 'a\n1\n',
    [`${chapter}/exercises/${name}/check.ts`]:
      "import { check } from 'flinkts/workshop'\nexport default check(async () => {})\n",
    [`${chapter}/solutions/${name}/job.sql`]: 'SELECT 2;\n',
  }
}

export const WORKSHOP_FILES: Readonly<Record<string, string>> = {
  'data/shared.csv': 'a\n1\n',
  '01-first/workshop.yaml': manifestText('First', ['1-one', '2-two']),
  '01-first/README.md': '# First\n\nProse of the first.\n',
  ...exerciseFiles('01-first', '1-one'),
  ...exerciseFiles('01-first', '2-two'),
  '02-second/workshop.yaml': manifestText('Second', ['1-three'], '01-first'),
  '02-second/README.md': '# Second\n\nProse of the second.\n',
  ...exerciseFiles('02-second', '1-three'),
}

const root = mkdtempSync(join(tmpdir(), 'flinkts-workshop-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Returns the folder, which is there as long as the tests of the file run. Files that are undefined are left out. */
export function writeFiles(files: Readonly<Record<string, string | undefined>>): string {
  const folder = mkdtempSync(join(root, 'files-'))
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}
