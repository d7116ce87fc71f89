// How many columns of a terminal a text takes: letters of East Asia and emoji two, combining marks none.

const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

/** ASCII, punctuation, arrows, boxes and blocks: what nearly every text is made of. */
const NARROW = /^[\x20-\x7E\u2010-\u2027\u2190-\u21FF\u2500-\u25FF]*$/

export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const character of text) {
    if (character >= ' ' && character <= '~') width++
    else if (!NONE.test(character)) width += WIDE.test(character) ? 2 : 1
  }
  return width
}

/** Characters that would move the cursor, as they are written in programs. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001F\u007F-\u009F]/g, (character) => {
    const names: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
    return names[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

/** At most `width` columns, with `…` where something is missing. */
export function cutToWidth(text: string, width: number): string {
  if (text.length <= width && displayWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const character of text) {
    const next = displayWidth(character)
    if (used + next > width - 1) break
    cut += character
    used += next
  }
  return width < 1 ? '' : `${cut}…`
}

/** As cutToWidth, for texts whose end tells them apart, as that of a path. */
export function cutStartToWidth(text: string, width: number): string {
  const turned = (each: string): string => [...each].reverse().join('')
  return turned(cutToWidth(turned(text), width))
}

/** As wide as `width`, with blanks before or behind. */
export function padToWidth(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'right' ? blanks + text : text + blanks
}
