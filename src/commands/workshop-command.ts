// What the workshop's commands share: the learner's folder, styled lines, the check of an exercise.
import { Args, Flags } from '@oclif/core'
import { endLines, stepLines } from '../tui/workshop/chapter-lines.ts'
import { readSource } from '../tui/workshop/check-lines.ts'
import { paintedLine } from '../tui/screen-painter.ts'
import type { ScreenLine } from '../tui/screen-line.ts'
import { terminalAbilities, type TerminalAbilities } from '../tui/terminal-abilities.ts'
import { terminalSize } from '../tui/terminal-size.ts'
import type { Exercise } from '../workshop/chapters.ts'
import { exerciseFolder } from '../workshop/learner-project.ts'
import { openLearner, saveProgress, type Learner } from '../workshop/learner.ts'
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

export abstract class WorkshopCommand extends BaseCommand {
  protected get columns(): number {
    return terminalSize(process.stdout).columns
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

  protected printStep({ project }: Learner, step: Step): void {
    this.printLines(stepLines(project, step, this.columns))
  }

  /** Where the learner goes; undefined: everything is done or passed over. */
  protected printWhere(learner: Learner, to: Step | undefined, isJson: boolean): void {
    const { workshop, progress } = learner
    if (isJson)
      this.print(JSON.stringify({ at: to === undefined ? null : stepId(to), ...tallyOf(progress, workshop.chapters) }))
    else if (to === undefined) this.printLines(endLines(workshop, progress, this.columns))
    else this.printStep(learner, to)
  }
}
