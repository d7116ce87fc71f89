// What the workshop's commands share: the learner's folder, styled lines, the check of an exercise.
import { readFileSync } from 'node:fs'
import { Args, Flags } from '@oclif/core'
import { errorToJson } from '../output/error-page.ts'
import { chapterLines, endLines, exerciseLines } from '../tui/workshop/chapter-lines.ts'
import { checkLines } from '../tui/workshop/check-lines.ts'
import { paintedLine } from '../tui/screen-painter.ts'
import type { ScreenLine } from '../tui/screen-line.ts'
import { terminalAbilities, type TerminalAbilities } from '../tui/terminal-abilities.ts'
import { exerciseTitle, type Exercise } from '../workshop/chapters.ts'
import { exerciseFolder } from '../workshop/learner-project.ts'
import { openLearner, saveProgress, stepNamed, type Learner } from '../workshop/learner.ts'
import { currentStep, stepId, stepTitle, tallyOf, type Progress, type Step } from '../workshop/progress.ts'
import { runCheck, type CheckResult } from '../workshop/run-check.ts'
import { lockWatch } from '../workshop/workshop-locks.ts'
import { BaseCommand } from './base-command.ts'

export const exerciseArgument = Args.string({
  description: 'chapter or exercise: 04, 04-checkpoints, 04.2 (default: where you are)',
})

export const fromFlag = Flags.string({
  description: "folder of another workshop than flinkts's own",
  helpValue: '<folder>',
})

/** As `--json` says how a check came out. */
export function checkToJson(exercise: Exercise, result: CheckResult): object {
  const { kind, durationMs, notes, notices } = result
  const detail =
    result.kind === 'wrong'
      ? { seen: result.seen, because: result.because }
      : result.kind === 'error'
        ? errorToJson(result.error)
        : result.kind === 'broken'
          ? { message: result.message, at: result.at }
          : {}
  return {
    exercise: `${exercise.chapter.name}/${exercise.name}`,
    number: exerciseTitle(exercise),
    passed: kind === 'passed',
    result: kind,
    durationMs: Math.round(durationMs),
    ...detail,
    notes,
    notices,
  }
}

export function readSource(file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

export abstract class WorkshopCommand extends BaseCommand {
  protected get columns(): number {
    return process.stdout.columns || 80
  }

  /** Colours and signs for a terminal; without one all characters stay as they are. */
  protected get abilities(): TerminalAbilities {
    return process.stdout.isTTY ? terminalAbilities(process.env, process.platform) : { unicode: true, colour: false }
  }

  protected printLines(lines: readonly ScreenLine[]): void {
    for (const each of lines) this.print(paintedLine(each, this.abilities))
  }

  protected learner(): Learner {
    return openLearner(process.cwd())
  }

  /** The exercise that is named, or where the learner stands; a chapter's first where he stands at its questions. */
  protected exerciseNamed(learner: Learner, text: string | undefined): Extract<Step, { kind: 'exercise' }> {
    const step = stepNamed(learner, text)
    return step.kind === 'exercise'
      ? step
      : { kind: 'exercise', chapter: step.chapter, exercise: step.chapter.exercises[0]! }
  }

  protected save(learner: Learner, progress: Progress): void {
    learner.progress = progress
    saveProgress(learner)
  }

  /** In the project's session, which is started where none runs. */
  protected async check({ project }: Learner, exercise: Exercise): Promise<CheckResult> {
    const { openSession } = await import('../services/session/open-session.ts')
    const { signal } = this.stopRequest()
    const session = await openSession(project)
    try {
      const folder = exerciseFolder(project, exercise)
      return await runCheck({ project, session, exercise, folder, signal, waits: (line) => this.note(line) })
    } finally {
      session.release()
    }
  }

  /** Holds Kafka and Postgres up until the learner leaves. */
  protected async watch(learner: Learner): Promise<void> {
    const { watchWorkshop } = await import('../tui/workshop/watch.ts')
    const lock = lockWatch(learner.project)
    for (const [name, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)
      process.once(name, () => process.exit(code)) // with the terminal as it was
    try {
      await watchWorkshop(learner, readSource)
    } finally {
      lock.release()
    }
    const { done, total } = tallyOf(learner.progress, learner.workshop.chapters)
    const at = stepTitle(currentStep(learner.workshop, learner.progress))
    this.print(`${done} of ${total} exercises done; you are at ${at}. Go on: flinkts workshop start`)
  }

  /** The step's prose: of a chapter's first exercise with the chapter's. */
  protected printStep({ project }: Learner, step: Step): void {
    const { chapter } = step
    if (step.kind === 'questions') {
      const { questions, title } = chapter.manifest
      this.print(`The ${questions.length} questions of ${title}: flinkts workshop questions`)
      return
    }
    const { exercise } = step
    if (exercise.number === 1) this.printLines([...chapterLines(chapter, this.columns), []])
    this.printLines(exerciseLines(exercise, exerciseFolder(project, exercise), this.columns))
  }

  /** Where the learner goes; undefined: everything is done or passed over. */
  protected printWhere(learner: Learner, to: Step | undefined, isJson: boolean): void {
    const { workshop, progress } = learner
    if (isJson)
      this.print(JSON.stringify({ at: to === undefined ? null : stepId(to), ...tallyOf(progress, workshop.chapters) }))
    else if (to === undefined) this.printLines(endLines(workshop, progress, this.columns))
    else this.printStep(learner, to)
  }

  protected printCheck(exercise: Exercise, result: CheckResult): void {
    const title = `${exerciseTitle(exercise)} ${exercise.title}`
    this.printLines(checkLines(title, result, this.columns, readSource))
  }
}
