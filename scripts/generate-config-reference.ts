// Guards: flinkts.schema.json and docs/configuration.md say what src/config/config-schema.ts says, and
// flinkts-workshop.schema.json what src/workshop/manifest-schema.ts says. Writes all of them.
import { writeFileSync } from 'node:fs'
import { configJsonSchema, configPage, workshopJsonSchema } from './config-reference.ts'

const root = new URL('..', import.meta.url)
writeFileSync(new URL('flinkts.schema.json', root), configJsonSchema())
writeFileSync(new URL('flinkts-workshop.schema.json', root), workshopJsonSchema())
writeFileSync(new URL('docs/configuration.md', root), configPage())
