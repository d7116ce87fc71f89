import { describe, expect, it } from 'vitest'
import { chapterProblems, exerciseProblems } from '../../../src/workshop/chapter-problems.ts'
import { loadWorkshop } from '../../../src/workshop/chapters.ts'
import { GAP, WORKSHOP_FILES, writeFiles } from '../../helpers/workshop-files.ts'

function problemsOf(changes: Readonly<Record<string, string | undefined>>): string[] {
  const workshop = loadWorkshop(writeFiles({ ...WORKSHOP_FILES, ...changes }))
  return workshop.chapters.flatMap((chapter) => [
    ...chapterProblems(chapter, workshop),
    ...chapter.exercises.flatMap(exerciseProblems),
  ])
}

const exercise = (file: string): string => `01-first/exercises/1-one/${file}`
const solution = (file: string): string => `01-first/solutions/1-one/${file}`

describe('what is wrong with a chapter', () => {
  it('is nothing', () => {
    expect(problemsOf({})).toEqual([])
  })

  it.each([
    ['no prose', { '01-first/README.md': undefined }, 'README.md is missing'],
    ['no prose of an exercise', { [exercise('README.md')]: undefined }, 'exercises/1-one/README.md is missing'],
    ['no check', { [exercise('check.ts')]: undefined }, 'exercises/1-one/check.ts is missing'],
    ['no file', { [exercise('job.sql')]: undefined }, 'exercises/1-one/job.sql is missing'],
    ['no solution', { [solution('job.sql')]: undefined }, 'solutions/1-one/job.sql is missing'],
    ['no gap', { [exercise('job.sql')]: 'SELECT 1;' }, `exercises/1-one/job.sql has no ${GAP}`],
    ['a gap in the solution', { [solution('job.sql')]: `-- ${GAP}` }, `solutions/1-one/job.sql still has a ${GAP}`],
    [
      'an import of what learners do not have',
      { [exercise('check.ts')]: "import {\n  a,\n} from 'lodash'\nimport x from './check-y.ts'\n" },
      "exercises/1-one/check.ts imports 'lodash'",
    ],
    [
      'a prerequisite that is none',
      { '02-second/workshop.yaml': WORKSHOP_FILES['02-second/workshop.yaml']!.replace('[01-first]', '[00-zero]') },
      'there is no chapter 00-zero, a prerequisite',
    ],
  ])('%s', (_name, changes, problem) => {
    expect(problemsOf(changes)).toEqual([expect.stringContaining(problem)])
  })

  it('is not what strings of a check say', () => {
    const check =
      "import { check } from 'flinkts/workshop'\nexport default check(async (lab) => { lab.answers('answers.yaml') })\n"
    expect(problemsOf({ [exercise('check.ts')]: check })).toEqual([])
  })
})
