// What a workshop says, as lines: its list, a chapter's prose, an exercise, hints, solutions, questions. For the watching
// screen and for the commands.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  chapterTitle,
  exerciseTitle,
  README_FILE,
  type Chapter,
  type Exercise,
  type Workshop,
} from '../../workshop/chapters.ts'
import { exerciseFolder } from '../../workshop/learner-project.ts'
import type { Question } from '../../workshop/manifest-schema.ts'
import { currentStep, progressOf, stepId, stepsOf, tallyOf, type Progress, type Step } from '../../workshop/progress.ts'
import { bar } from '../glyphs.ts'
import { line, span, type ScreenLine, type Span } from '../screen-line.ts'
import { markdownLines } from './markdown-lines.ts'

const BAR_COLUMNS = 20

/** `███░░░ 5 of 19 exercises, 1 passed over` */
export function tallySpans(progress: Progress, chapters: readonly Chapter[], columns = BAR_COLUMNS): Span[] {
  const { done, skipped, total } = tallyOf(progress, chapters)
  const over = skipped === 0 ? '' : `, ${skipped} passed over`
  return [span(bar((100 * done) / total, columns), 'good'), span(` ${done} of ${total} exercises${over}`)]
}

const STATES = { open: ' ', done: 'x', skipped: '-' } as const

function stepText(step: Step): string {
  return step.kind === 'exercise' ? `${exerciseTitle(step.exercise)} ${step.exercise.title}` : 'Questions'
}

export interface ListOptions {
  /** Undefined: nothing was begun. */
  readonly progress: Progress | undefined
  /** Id of the step that is marked; default: where the learner stands. */
  readonly selected?: string | undefined
}

/** The step of each line, where it is one. */
export interface ListLine {
  readonly line: ScreenLine
  readonly step: Step | undefined
}

export function listLines(workshop: Workshop, { progress, selected }: ListOptions): ListLine[] {
  const at = progress === undefined ? undefined : stepId(currentStep(workshop, progress))
  return workshop.chapters.flatMap((chapter, index): ListLine[] => {
    const { title, minutes } = chapter.manifest
    const heading = [span(`${chapterTitle(chapter)} ${title}`, 'bold'), span(`  ${minutes} min`, 'dim')]
    const lines = stepsOf({ chapters: [chapter] }).map((step): ListLine => {
      const state = progress === undefined ? 'open' : progressOf(progress, step).state
      const isHere = stepId(step) === at
      const text = `${isHere ? ' >' : '  '} [${STATES[state]}] ${stepText(step)}`
      const isSelected = selected === stepId(step)
      return { line: [span(text, isSelected ? 'selected' : isHere ? 'bold' : 'plain')], step }
    })
    return [...(index > 0 ? [{ line: [], step: undefined }] : []), { line: heading, step: undefined }, ...lines]
  })
}

export function chapterLines({ folder, manifest, ...chapter }: Chapter, columns: number): ScreenLine[] {
  const { title, goal, minutes, prerequisites } = manifest
  const after = prerequisites.length === 0 ? '' : ` After ${prerequisites.join(', ')}.`
  return [
    [span(`Chapter ${chapter.number}: ${title}`, 'bold'), span(`  ${minutes} minutes.${after}`, 'dim')],
    ...markdownLines(goal, columns),
    [],
    ...markdownLines(withoutTitle(readFileSync(join(folder, README_FILE), 'utf8'), title), columns),
  ]
}

/** The prose's own first heading says what stands above it already. */
function withoutTitle(text: string, title: string): string {
  const [, heading, rest] = /^\s*#\s+(.+?)\s*\n([\s\S]*)$/.exec(text) ?? []
  return heading !== undefined && heading.toLowerCase().includes(title.toLowerCase()) ? rest! : text
}

/** `folder`: the learner's, absolute. */
export function exerciseLines(exercise: Exercise, folder: string, columns: number): ScreenLine[] {
  const text = readFileSync(join(exercise.folder, README_FILE), 'utf8')
  const files = exercise.files.map((file) => relative(process.cwd(), join(folder, file)) || file)
  return [
    [span(`${exerciseTitle(exercise)} ${exercise.title}`, 'bold')],
    [span('edit ', 'dim'), span(files.join(', '), 'heading')],
    [],
    ...markdownLines(withoutTitle(text, exercise.title), columns),
  ]
}

/** What a learner reads where he comes to a step: before a chapter's first exercise the chapter's prose. */
export function stepLines(project: { readonly folder: string }, step: Step, columns: number): ScreenLine[] {
  const { chapter } = step
  if (step.kind === 'questions') {
    const { questions, title } = chapter.manifest
    return [line(`The ${questions.length} questions of ${title}: flinkts workshop questions`)]
  }
  const { exercise } = step
  return [
    ...(exercise.number === 1 ? [...chapterLines(chapter, columns), []] : []),
    ...exerciseLines(exercise, exerciseFolder(project, exercise), columns),
  ]
}

export function hintLines({ hints }: Exercise, known: number, columns: number): ScreenLine[] {
  return hints
    .slice(0, known)
    .flatMap((hint, index) => [
      ...(index > 0 ? [[]] : []),
      line(`Hint ${index + 1} of ${hints.length}`, 'warning'),
      ...markdownLines(hint, columns),
    ])
}

export function solutionLines({ files, solutionFolder }: Exercise): ScreenLine[] {
  return files.flatMap((file, index) => [
    ...(index > 0 ? [[]] : []),
    line(file, 'heading'),
    ...readFileSync(join(solutionFolder, file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => line(text.replaceAll('\t', '  '))),
  ])
}

export function questionLines(question: Question, number: number, count: number, columns: number): ScreenLine[] {
  const choices = question.choices.flatMap((choice, index) =>
    markdownLines(choice, columns - 5).map((each, at) => [span(at === 0 ? `  ${index + 1}  ` : '     '), ...each]),
  )
  return [
    line(`Question ${number} of ${count}`, 'warning'),
    ...markdownLines(question.question, columns),
    [],
    ...choices,
  ]
}

export function explanationLines(question: Question, given: number, columns: number): ScreenLine[] {
  const { answer, because, choices } = question
  const head =
    given === answer
      ? [span(`${given} is right.`, 'good')]
      : [span(`${given} is not right: it is ${answer}.`, 'bad'), span(` ${choices[answer - 1]!}`)]
  return [head, ...markdownLines(because, columns)]
}

export function flinkLines({ manifest }: Chapter, given: readonly number[], columns: number): ScreenLine[] {
  const { questions, flink } = manifest
  const right = questions.filter(({ answer }, index) => given[index] === answer).length
  return [
    line(`${right} of ${questions.length} right.`, right === questions.length ? 'good' : 'plain'),
    [],
    line('What real Flink does here', 'bold'),
    ...markdownLines(flink, columns),
  ]
}

/** The word at the end. */
export function endLines(workshop: Workshop, progress: Progress, columns: number): ScreenLine[] {
  const { done, skipped, total } = tallyOf(progress, workshop.chapters)
  const over = skipped === 0 ? '' : ` ${skipped} you passed over: \`flinkts workshop\` shows them, and they wait.`
  const text = `You are at the end: ${done} of ${total} exercises are green.${over}

What you ran was no model of a stream processor. The SQL goes to a Flink cluster as it is; the words, the defaults and the
REST API are Flink's. What you saw here, a partition that stays idle, a row that comes late, a job that is killed between
two checkpoints, is what you will meet there, on more machines.

Take a topic of your own now: \`flinkts init\` makes a project, \`flinkts run\` runs its job, and when nothing comes out,
\`flinkts why\` says why.`
  return [tallySpans(progress, workshop.chapters, 40), [], ...markdownLines(text, columns)]
}
