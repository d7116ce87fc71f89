import { Args, Flags } from '@oclif/core'
import { formatDuration } from '../../output/quantities.ts'
import { checkLines } from '../../tui/workshop/check-lines.ts'
import { line, span, type ScreenLine } from '../../tui/screen-line.ts'
import { exerciseTitle, findTarget, loadWorkshop, ownWorkshop, type Workshop } from '../../workshop/chapters.ts'
import { failsAsShipped, verifyWorkshop, type VerifyEvent, type VerifyTotals } from '../../workshop/verify.ts'
import { checkToJson, readSource, WorkshopCommand } from '../workshop-command.ts'

type ExerciseEvent = Extract<VerifyEvent, { kind: 'exercise' }>

export default class WorkshopVerify extends WorkshopCommand {
  static override summary = 'Prove of every exercise that it fails as shipped, and that its solution passes'
  static override description =
    'For authors. Runs all exercises in one session of a project of its own, which is removed afterwards. The last line counts: a chapter is one thing to prove, an exercise two. Exit code 1 where one does not hold.'
  static override examples = [
    '<%= config.bin %> workshop verify',
    '<%= config.bin %> workshop verify my-workshop',
    '<%= config.bin %> workshop verify my-workshop/02-joins --only 2',
  ]
  static override args = {
    folder: Args.string({ description: "a chapter, or a folder of chapters (default: flinkts's own)" }),
  }
  static override flags = {
    only: Flags.string({
      description: 'only this chapter or exercise: 04, 04.2; of one chapter also 2',
      multiple: true,
      helpValue: '<exercise>',
    }),
    verbose: Flags.boolean({ char: 'v', description: 'show what learners would see of every check' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopVerify)
    const workshop = loadWorkshop(args.folder ?? ownWorkshop())
    const { signal } = this.stopRequest()
    const totals = await verifyWorkshop(workshop, {
      isWanted: wanted(workshop, flags.only),
      signal,
      heard: (event) => this.#tell(event, flags.json, flags.verbose),
    })
    if (flags.json) this.print(JSON.stringify(totals))
    else this.printLines(totalLines(totals))
    if (totals.failed > 0) process.exitCode = 1
  }

  #tell(event: VerifyEvent, isJson: boolean, isVerbose: boolean): void {
    if (isJson) this.print(JSON.stringify(eventToJson(event)))
    else if (event.kind === 'chapter') {
      this.printLines([
        line(`${event.chapter.name}  ${event.chapter.manifest.title}`, 'bold'),
        ...event.problems.map((problem) => line(`  ${problem}`, 'bad')),
      ])
    } else this.printLines(exerciseLines(event, isVerbose, this.columns))
  }
}

function wanted(
  workshop: Workshop,
  only: readonly string[] | undefined,
): Parameters<typeof verifyWorkshop>[1]['isWanted'] {
  if (only === undefined) return undefined
  const [chapter, ...others] = workshop.chapters
  const isOne = others.length === 0
  const targets = only.map((text) =>
    findTarget(workshop, isOne && !text.includes('.') && text !== chapter!.name ? `${chapter!.name}/${text}` : text),
  )
  return (exercise) =>
    targets.some((target) => exercise.chapter === target.chapter && (target.exercise ?? exercise) === exercise)
}

function exerciseLines(event: ExerciseEvent, isVerbose: boolean, columns: number): ScreenLine[] {
  const { exercise, problems, asShipped, solved } = event
  const title = `  ${exerciseTitle(exercise)} ${exercise.title}`
  if (asShipped === undefined || solved === undefined)
    return [line(title), ...problems.map((problem) => line(`    ${problem}`, 'bad'))]
  const fails = failsAsShipped(event)
  const isGood = fails && solved.kind === 'passed'
  const head = [
    span(`${title}: `),
    fails
      ? span('fails as shipped', 'good')
      : span(asShipped.kind === 'passed' ? 'PASSES as shipped' : 'BREAKS as shipped', 'bad'),
    span(` (${formatDuration(asShipped.durationMs)}), `),
    solved.kind === 'passed' ? span('solution passes', 'good') : span('solution DOES NOT PASS', 'bad'),
    span(` (${formatDuration(solved.durationMs)})`),
  ]
  const show = (what: string, result: typeof solved): ScreenLine[] =>
    checkLines(what, result, columns - 4, readSource).map((each) => [span('    '), ...each])
  return [
    head,
    ...(isVerbose || !fails ? show('as shipped', asShipped) : []),
    ...(isVerbose || !isGood ? show('the solution', solved) : []),
  ]
}

function eventToJson(event: VerifyEvent): object {
  if (event.kind === 'chapter') return { chapter: event.chapter.name, problems: event.problems }
  const { exercise, problems, asShipped, solved } = event
  return {
    exercise: `${exercise.chapter.name}/${exercise.name}`,
    number: exerciseTitle(exercise),
    problems,
    failsAsShipped: failsAsShipped(event),
    solutionPasses: solved?.kind === 'passed',
    asShipped: asShipped && checkToJson(exercise, asShipped),
    solved: solved && checkToJson(exercise, solved),
  }
}

function totalLines({ passed, failed, skipped, medianMs }: VerifyTotals): ScreenLine[] {
  return [
    ...(medianMs === undefined ? [] : [line(`Median of the solutions' checks: ${formatDuration(medianMs)}`)]),
    line(`${passed} passed, ${failed} failed, ${skipped} skipped`),
  ]
}
