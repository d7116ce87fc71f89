// Every chapter of the workshop as a learner does it: reads page after page, tries, types the solution, saves, goes on, and
// answers the questions. The screens are kept as text in test-output/workshop-screens. Needs tmux. All chapters where ROUNDS is
// 50 or more, else the first: `workshop verify` has run the checks of the others.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadWorkshop, type Exercise } from '../../src/workshop/chapters.ts'
import { TestProject } from '../helpers/flinkts-command.ts'
import { hasTmux, Terminal } from '../helpers/terminal.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const screens = join(repository, 'test-output', 'workshop-screens')
const workshop = loadWorkshop(join(repository, 'workshops'))
const CHECK_LIMIT_MS = 180_000
const PAGES_MAX = 40
const isLong = Number(process.env['ROUNDS'] ?? 5) >= 50

let project: TestProject
let learner: Terminal
let editor: Terminal
let kept = 0

function keep(name: string): string {
  const { text } = learner
  writeFileSync(join(screens, `${String(++kept).padStart(3, '0')}-${name}.txt`), text)
  return text
}

/** Page after page, to the end of what is shown. */
async function read(name: string): Promise<void> {
  for (let page = 1; page <= PAGES_MAX; page++) {
    const before = keep(`${name}-page-${page}`)
    if (!before.includes('more below')) return
    learner.press('Space')
    await learner.saw(new RegExp(`^(?!${before.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')})`))
  }
  throw new Error(`${name} has more than ${PAGES_MAX} pages`)
}

/** In another terminal, as an editor does: the text is written elsewhere, then put in its place. */
async function type(exercise: Exercise, file: string): Promise<void> {
  const text = readFileSync(join(exercise.solutionFolder, file), 'utf8')
  editor.type('clear; cat > typed.part')
  editor.paste(text.endsWith('\n') ? text : `${text}\n`)
  editor.press('C-d')
  editor.type(`mv typed.part ${exercise.chapter.name}/${exercise.name}/${file} && echo SAVED $((6 * 7))`)
  await editor.saw(/SAVED 42/)
  expect(project.read(`${exercise.chapter.name}/${exercise.name}/${file}`)).toBe(text)
}

describe.runIf(hasTmux())('the workshop', () => {
  beforeAll(async () => {
    rmSync(screens, { recursive: true, force: true })
    mkdirSync(screens, { recursive: true })
    project = new TestProject()
    learner = new Terminal(project.folder, { columns: 100, rows: 40 })
    editor = new Terminal(project.folder, { columns: 160, rows: 40 })
    learner.flinkts('workshop start')
    await learner.saw(/enter goes to the exercise|more below/)
  })
  afterAll(async () => {
    learner.close()
    editor.close()
    await project.remove()
  })

  for (const chapter of isLong ? workshop.chapters : workshop.chapters.slice(0, 1))
    it(
      `${chapter.name} is done by whoever follows it`,
      async () => {
        await learner.saw(new RegExp(`Chapter ${chapter.number}: `))
        await read(`${chapter.name}-prose`)
        learner.press('Enter')
        for (const exercise of chapter.exercises) {
          const number = `${String(chapter.number).padStart(2, '0')}.${exercise.number}`
          await learner.saw(new RegExp(`${number} [\\s\\S]*\\bedit `))
          await read(`${number}-exercise`)
          learner.press('c')
          await learner.saw(new RegExp(`not yet {2}${number}`), CHECK_LIMIT_MS)
          keep(`${number}-as-shipped`)
          for (const file of exercise.files) await type(exercise, file)
          await learner.saw(new RegExp(`passed {2}${number}`), CHECK_LIMIT_MS)
          keep(`${number}-passed`)
          learner.press('n')
        }
        const { questions } = chapter.manifest
        for (const [index, { answer }] of questions.entries()) {
          await learner.saw(new RegExp(`Question ${index + 1} of ${questions.length}`))
          learner.press(String(answer))
          await learner.saw(/is right\./)
          keep(`${chapter.name}-question-${index + 1}`)
          learner.press('Enter')
        }
        await learner.saw(/What real Flink does here/)
        await read(`${chapter.name}-flink`)
        learner.press('Enter')
      },
      CHECK_LIMIT_MS * chapter.exercises.length,
    )

  it.runIf(isLong)('has a word at the end', async () => {
    const total = workshop.chapters.flatMap(({ exercises }) => exercises).length
    await learner.saw(new RegExp(`You are at the end: ${total} of ${total}`))
    keep('the-end')
    learner.press('q')
    await learner.saw(/EXIT 0/)
  })
})
