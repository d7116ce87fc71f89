// What a chapter's workshop.yaml may say. The editors' schema, flinkts-workshop.schema.json, is made of this.
import { z } from 'zod'

const text = z.string().trim().min(1, 'must not be empty')
/** Of a folder or a file inside of the chapter, as one step. */
const name = z.string().regex(/^[\w][\w.-]*$/, 'must be a plain name: letters, digits, . _ -')
const file = z
  .string()
  .regex(/^[\w][\w.-]*(\/[\w][\w.-]*)*$/, 'must be a path inside of the exercise: letters, digits, . _ - /')

export const exerciseSchema = z.strictObject({
  name: name
    .refine((given) => given !== 'questions', 'must not be questions, which end a chapter')
    .describe('Folder under exercises/ and under solutions/, e.g. 1-watermark'),
  title: text.describe('One line: what is to be done'),
  files: z
    .array(file)
    .min(1, 'must name a file at least')
    .describe('What the learner edits; each holds the word that marks a gap in exercises/, and none in solutions/'),
  hints: z
    .array(text)
    .min(2, 'must be two or more')
    .describe('Two or more, from a nudge to nearly the answer; Markdown'),
})

export const questionSchema = z
  .strictObject({
    question: text.describe('Markdown'),
    choices: z.array(text).min(2, 'must be 2 to 4').max(4, 'must be 2 to 4').describe('2 to 4 answers'),
    answer: z.number().int().min(1).describe('Number of the right choice, from 1'),
    because: text.describe('Shown after the answer, right or wrong; Markdown'),
  })
  .refine(({ choices, answer }) => answer <= choices.length, {
    path: ['answer'],
    message: 'must be the number of one of the choices',
  })

export const manifestSchema = z.strictObject({
  title: text.describe('What the chapter is about'),
  goal: text.describe('What the learner can do afterwards'),
  minutes: z.number().int().min(1).max(240).describe('How long it takes'),
  prerequisites: z
    .array(name)
    .nullish()
    .transform((names) => names ?? [])
    .describe('Folders of chapters that should be done before'),
  exercises: z.array(exerciseSchema).min(1, 'must be one or more').describe('In this order'),
  questions: z.array(questionSchema).min(1, 'must be 1 to 5').max(5, 'must be 1 to 5').describe('Asked at the end'),
  flink: text.describe('Markdown: what real Flink does here; shown after the questions'),
})

export type Manifest = z.output<typeof manifestSchema>
export type Question = Manifest['questions'][number]
