// Names as Flink's JDBC sink writes them into its statements: unquoted, so that Postgres lower-cases them; parts that the
// user has quoted keep their case.

const PART = /^(?:"((?:[^"]|"")+)"|([^".]+))(?:\.|$)/

/** The parts of `schema.table`, each as Postgres stores it; undefined where the text is no name. */
export function parsePostgresName(text: string): string[] | undefined {
  const parts: string[] = []
  let rest = text.trim()
  while (rest !== '') {
    const match = PART.exec(rest)
    if (match === null) return undefined
    parts.push(match[1] === undefined ? match[2]!.trim().toLowerCase() : match[1].replaceAll('""', '"'))
    rest = rest.slice(match[0].length)
  }
  return parts.length === 0 || text.trim().endsWith('.') ? undefined : parts
}

/** The column that a field of a table schema means. */
export function postgresColumnName(field: string): string {
  return field.toLowerCase()
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
