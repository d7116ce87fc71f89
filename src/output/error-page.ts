// An error as the user reads it: what happened – where – how to fix it. Pure text, no colours, no stack traces.

export interface ShownError {
  readonly code?: string | undefined
  readonly message: string
  readonly location?:
    { file?: string | undefined; line: number; column: number; length?: number | undefined } | undefined
  readonly fix?: string | undefined
  readonly cause?: unknown
}

/** The source text of the file an error points into, where the caller has it. */
export type ReadSource = (file: string | undefined) => string | undefined

function asShown(error: unknown): ShownError {
  if (typeof error === 'object' && error !== null && 'message' in error) return error as ShownError
  return { message: String(error) }
}

/** Outermost first. Bounded, for a chain may be circular. */
function causeChain(error: unknown): ShownError[] {
  const chain: ShownError[] = []
  for (let current = error; current !== undefined && current !== null && chain.length < 20;) {
    const shown = asShown(current)
    chain.push(shown)
    current = shown.cause
  }
  return chain
}

/** Passwords of a shown line as stars, as many as they have characters: what is marked below it stays in its place. */
function maskPasswords(line: string): string {
  const stars = (text: string): string => '*'.repeat(text.length)
  return line
    .replace(
      /(passw\w*['"]?\s*[:=]\s*['"]?)([^\s,}'"{][^,}'"]*)/gi,
      (_all, lead: string, text: string) => lead + stars(text),
    )
    .replace(/(:\/\/[^/:@\s]*:)([^@\s]+)(?=@)/g, (_all, lead: string, text: string) => lead + stars(text))
}

function excerpt(location: NonNullable<ShownError['location']>, source: string | undefined): string[] {
  const line = source?.split('\n')[location.line - 1]?.replace(/\r$/, '')
  if (line === undefined) return []
  const number = String(location.line)
  const lead = line.slice(0, location.column - 1).replace(/[^\t]/g, ' ')
  const marks = '^'.repeat(Math.max(1, Math.min(location.length ?? 1, line.length - location.column + 1)))
  return [`  ${number} | ${maskPasswords(line)}`, `  ${' '.repeat(number.length)} | ${lead}${marks}`]
}

/** Our own codes; those of Node and of libraries look otherwise (`ERR_…`, `ECONNREFUSED`, `42P01`). */
const OWN_CODE = /^(?!ERR_)[A-Z]+(_[A-Z]+)+$/

/** Where the first cause stands that has a name of ours: what lies below it comes from libraries and only explains it. */
function firstCauseIndex(chain: readonly ShownError[]): number {
  const index = chain.findLastIndex(({ code }) => typeof code === 'string' && OWN_CODE.test(code))
  return index < 0 ? chain.length - 1 : index
}

/** In the words of Node, Postgres and the systems below them: the disk or its quota is full. */
const DISK_IS_FULL = /ENOSPC|EDQUOT|no space left on device|disk quota exceeded|not enough space on the disk/i

/** A full disk has one name and one remedy, whoever met it first. */
function nameFullDisk(chain: readonly ShownError[]): readonly ShownError[] {
  const index = chain.findLastIndex(({ message }) => DISK_IS_FULL.test(message))
  // a container engine's disk has its own name and remedy
  if (index < 0 || chain.some(({ code }) => typeof code === 'string' && code.startsWith('DOCKER_'))) return chain
  const full = {
    ...chain[index]!,
    code: 'DISK_FULL',
    message: `the disk is full: ${chain[index]!.message.replace(/^the disk is full: /, '')}`,
    fix: 'make room (`df -h` and `flinkts doctor` show where), then run the command again: what was acknowledged or checkpointed is still there',
  }
  return [...chain.slice(0, index), full]
}

/** Node's words for what a user may not do in a folder say where, but not what to do. */
const MAY_NOT_WRITE: Readonly<Record<string, string>> = {
  EACCES: 'give this user the right to do that there (`ls -ld` shows who has it), or work in a folder of your own',
  EROFS: 'work in a folder on a disk that can be written',
}

function fixOf(chain: readonly ShownError[]): string | undefined {
  const first = chain[firstCauseIndex(chain)]!
  return chain.findLast((entry) => entry.fix !== undefined)?.fix ?? MAY_NOT_WRITE[String(first.code)]
}

/** The first cause comes first, then what explains it and what it led to, one line each. */
export function renderError(error: unknown, readSource: ReadSource = () => undefined): string {
  const chain = nameFullDisk(causeChain(error))
  const index = firstCauseIndex(chain)
  const first = chain[index]!
  const lines = [`Error: ${first.message}${typeof first.code !== 'string' ? '' : `  [${first.code}]`}`]
  const located = chain.findLast((entry) => entry.location !== undefined)?.location
  if (located !== undefined) {
    lines.push(`  at ${located.file ?? 'the statement'}:${located.line}:${located.column}`)
    lines.push(...excerpt(located, readSource(located.file)))
  }
  for (const below of chain.slice(index + 1)) {
    if (!first.message.includes(below.message)) lines.push(`  because: ${below.message}`)
  }
  for (const outer of chain.slice(0, index).reverse()) {
    if (outer.message !== first.message) lines.push(`  so: ${outer.message}`)
  }
  const fix = fixOf(chain)
  if (fix !== undefined) lines.push(`  fix: ${fix}`)
  return lines.join('\n')
}

/** The same for `--json`: one object, causes first to last. */
export function errorToJson(error: unknown): Record<string, unknown> {
  const chain = nameFullDisk(causeChain(error))
  const index = firstCauseIndex(chain)
  const first = chain[index]!
  return {
    error: {
      code: first.code ?? 'INTERNAL',
      message: first.message,
      location: chain.findLast((entry) => entry.location !== undefined)?.location,
      fix: fixOf(chain),
      because: chain.slice(index + 1).map((entry) => entry.message),
      ledTo: chain
        .slice(0, index)
        .reverse()
        .map((entry) => entry.message),
    },
  }
}
