/** Nobody answered a question: Ctrl-C, Ctrl-D, Escape, or the terminal has gone. The command ends as after Ctrl-C. */
export function unanswered(): Error {
  return Object.assign(new Error('the question was not answered'), { name: 'AbortError' })
}
