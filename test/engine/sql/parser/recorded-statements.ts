// The SQL texts of the recorded cases, with their placeholders replaced.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../../../fixtures/goldens/cases')

export interface RecordedCase {
  /** `area/name` */
  readonly name: string
  readonly statements: readonly string[]
  readonly expressions: readonly string[]
  readonly error: string | undefined
}

interface CaseFile {
  readonly ddl?: readonly string[]
  readonly query?: string
  readonly exprs?: readonly string[]
  readonly expected_error?: { readonly message: string; readonly class: string }
}

const withoutPlaceholders = (sql: string): string => sql.replace(/\$\{\w+(:\w+)?\}/g, 'x')

export function recordedCases(): readonly RecordedCase[] {
  return readdirSync(root).flatMap((area) =>
    readdirSync(join(root, area)).map((file) => {
      const content = parse(readFileSync(join(root, area, file), 'utf8')) as CaseFile
      return {
        name: `${area}/${file.replace(/\.yaml$/, '')}`,
        statements: [...(content.ddl ?? []), ...(content.query === undefined ? [] : [content.query])].map(
          withoutPlaceholders,
        ),
        expressions: content.exprs ?? [],
        error: content.expected_error?.message,
      }
    }),
  )
}

/** A tree as data without spans; names of functions have no case. */
export function shape(node: unknown): unknown {
  return JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'span' ? undefined : value)))
}
