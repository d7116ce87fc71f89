import type { CreateGenerator } from './generator.ts'
import { rides } from './rides.ts'

/** Every generator by the name `produce --generator` takes. */
export const generators: Readonly<Record<string, CreateGenerator>> = { rides }

export { seededRandom } from './random.ts'
