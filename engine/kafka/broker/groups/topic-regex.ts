// Regular expressions that consumers subscribe with (ConsumerGroupHeartbeat 1). Kafka takes RE2's syntax and matches whole
// names. This is a matcher of its own, on states instead of tries: time grows with the name only, whatever a client sends.
//
//   taken:   literals  .  [a-z]  [^a]  [[:alpha:]]  \d \D \w \W \s \S  \p{L} \pL \P{Greek}  \Q…\E  \xFF \x{10FFFF} \t \n …
//            ^ $ \A \z \b \B   (…) (?:…) (?P<name>…) (?<name>…) (?i) (?i:…)   * + ? {n} {n,} {n,m}, also lazy   |
//   refused: what RE2 has not (look-around, references, possessive quantifiers), \C, more than 1000 repetitions, and
//            expressions of more than `statesMax` states
import { parseTopicRegex, type RegexNode } from './topic-regex-parser.ts'

type Test = (code: number) => boolean
type State =
  | { readonly kind: 'char'; readonly test: Test; next: number }
  | { readonly kind: 'split'; readonly to: number[] }
  | { readonly kind: 'assert'; readonly holds: (before: number, after: number) => boolean; next: number }
  | { readonly kind: 'match' }

const statesMax = 20_000

/** Throws an Error that says what is wrong with it. */
export function checkTopicRegex(regex: string): void {
  compile(regex)
}

/** The names that the expression matches from end to end, sorted. */
export function matchingTopics(regex: string, names: Iterable<string>): string[] {
  const states = compile(regex)
  return [...names].filter((name) => matches(states, name)).sort()
}

const outside = -1
const isWord = (code: number): boolean => code !== outside && /\w/.test(String.fromCodePoint(code))

function compile(regex: string): State[] {
  const states: State[] = [{ kind: 'match' }]
  let built = 0
  /** The first state of what matches `node` and goes on at `next`. */
  const build = (node: RegexNode, next: number): number => {
    if (++built > statesMax) throw new Error('expression is too large')
    switch (node.kind) {
      case 'char':
        return states.push({ kind: 'char', test: node.test, next }) - 1
      case 'sequence':
        return node.parts.reduceRight((after, part) => build(part, after), next)
      case 'either':
        return states.push({ kind: 'split', to: node.parts.map((part) => build(part, next)) }) - 1
      case 'repeat':
        return repeat(node, next)
      case 'start':
        return states.push({ kind: 'assert', holds: (before) => before === outside, next }) - 1
      case 'end':
        return states.push({ kind: 'assert', holds: (_, after) => after === outside, next }) - 1
      case 'word-boundary': {
        const holds = (before: number, after: number): boolean => (isWord(before) !== isWord(after)) === node.expected
        return states.push({ kind: 'assert', holds, next }) - 1
      }
    }
  }
  const repeat = ({ part, min, max }: Extract<RegexNode, { kind: 'repeat' }>, next: number): number => {
    let entry = next
    if (max === Infinity) {
      const loop: State = { kind: 'split', to: [next] }
      entry = states.push(loop) - 1
      loop.to.push(build(part, entry))
    } else for (let i = min; i < max; i++) entry = states.push({ kind: 'split', to: [build(part, entry), next] }) - 1
    for (let i = 0; i < min; i++) entry = build(part, entry)
    return entry
  }
  const first = build(parseTopicRegex(regex), 0)
  return [...states, { kind: 'split', to: [first] }]
}

function matches(states: readonly State[], name: string): boolean {
  const codes = [...name].map((character) => character.codePointAt(0)!)
  let current = closure(states, [states.length - 1], outside, codes[0] ?? outside)
  for (const [index, code] of codes.entries()) {
    const next: number[] = []
    for (const at of current) {
      const state = states[at]!
      if (state.kind === 'char' && state.test(code)) next.push(state.next)
    }
    current = closure(states, next, code, codes[index + 1] ?? outside)
    if (current.size === 0) return false
  }
  return current.has(0)
}

/** Everything that can be reached without a character. */
function closure(states: readonly State[], from: number[], before: number, after: number): Set<number> {
  const found = new Set<number>()
  const open = [...from]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (found.has(at)) continue
    found.add(at)
    const state = states[at]!
    if (state.kind === 'split') open.push(...state.to)
    else if (state.kind === 'assert' && state.holds(before, after)) open.push(state.next)
  }
  return found
}
