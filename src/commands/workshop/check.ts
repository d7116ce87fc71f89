import { checkToJson } from '../../output/workshop-json.ts'
import { checkLines, readSource } from '../../tui/workshop/check-lines.ts'
import { exerciseTitle } from '../../workshop/chapters.ts'
import { exerciseNamed } from '../../workshop/learner.ts'
import { checked } from '../../workshop/progress.ts'
import { exerciseArgument, WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopCheck extends WorkshopCommand {
  static override summary = 'Check an exercise: runs your job on Kafka and Postgres, and says what came out'
  static override description =
    'Topics, tables and jobs of the check stay, so that you can look around. Of a chapter every exercise is checked. Exit code 1 where one does not pass.'
  static override examples = [
    '<%= config.bin %> workshop check',
    '<%= config.bin %> workshop check 04.2',
    '<%= config.bin %> workshop check 04 --json',
  ]
  static override args = { exercise: exerciseArgument }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopCheck)
    const learner = this.learner()
    const { chapter, exercise: first } = exerciseNamed(learner, args.exercise)
    const isChapter = args.exercise !== undefined && !/[./]/.test(args.exercise)
    for (const exercise of isChapter ? chapter.exercises : [first]) {
      const result = await this.check(learner, exercise)
      const passed = result.kind === 'passed'
      const { progress } = this.learner() // another terminal may have gone on meanwhile
      this.save(learner, checked(progress, { kind: 'exercise', chapter, exercise }, passed))
      if (flags.json) this.print(JSON.stringify(checkToJson(exercise, result)))
      else this.printLines(checkLines(`${exerciseTitle(exercise)} ${exercise.title}`, result, this.columns, readSource))
      if (!passed) process.exitCode = 1
    }
  }
}
