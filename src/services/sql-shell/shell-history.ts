// What was typed, whole statements with their lines; the last typed stands last. Pure.

export const HISTORY_MAX = 1000

/** A value of an option or property that is a secret, or an address with a login. */
const SECRET =
  /(passw|secret|credential|token|jaas|api.?key|private.?key|keystore\.key)[\w.-]*\s*'?\s*=\s*'|:\/\/[^/\s:@']*:[^/\s@']+@|[?&](password|passwd|pwd)=/i

/** Whether the entry is kept: it is not empty, is no secret, and does not begin with a blank, as shells have it. */
export function isKept(entry: string): boolean {
  return entry.trim() !== '' && !/^\s/.test(entry) && !SECRET.test(entry)
}

/** With `entry` as the last one; an equal one before it goes. */
export function addToHistory(history: readonly string[], entry: string): readonly string[] {
  const text = entry.trimEnd()
  if (!isKept(text)) return history
  return [...history.filter((each) => each !== text), text].slice(-HISTORY_MAX)
}

/** One entry a line, as a JSON text; a line that is none is passed over. */
export function parseHistory(text: string): string[] {
  const entries = text.split('\n').flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line)
      return typeof entry === 'string' && isKept(entry) ? [entry] : []
    } catch {
      return []
    }
  })
  return [...new Set(entries.reverse())].reverse().slice(-HISTORY_MAX)
}

export function formatHistory(history: readonly string[]): string {
  return history.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}
