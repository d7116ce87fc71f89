// Guards: flinkts.schema.json and docs/configuration.md say what src/config/config-schema.ts says. Writes both.
import { writeFileSync } from 'node:fs'
import { configJsonSchema, configPage } from './config-reference.ts'

const root = new URL('..', import.meta.url)
writeFileSync(new URL('flinkts.schema.json', root), configJsonSchema())
writeFileSync(new URL('docs/configuration.md', root), configPage())
