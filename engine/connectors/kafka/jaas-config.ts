// `sasl.jaas.config`: one login module with its options, as Kafka's JaasConfig reads it. Nothing of the text ever gets into
// an error: it holds a password. Source: https://kafka.apache.org/41/security/authentication-using-sasl/
import { optionError } from '../connector-options.ts'

export interface JaasLogin {
  /** What the module's class is for; its package does not matter (Flink's SQL connectors shade it). */
  readonly module: 'PLAIN' | 'SCRAM'
  readonly username: string
  readonly password: string
}

const KEY = 'properties.sasl.jaas.config'
const EXAMPLE =
  'Write for example \'org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="…";\'.'
const MODULES: Readonly<Record<string, JaasLogin['module']>> = { PlainLoginModule: 'PLAIN', ScramLoginModule: 'SCRAM' }
const FLAGS = new Set(['required', 'requisite', 'sufficient', 'optional'])

/** Words, quoted texts (with backslash escapes), `=` and `;`. */
const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([=;])|([^\s"'=;]+))/y

interface Token {
  readonly kind: 'text' | 'mark'
  readonly text: string
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(text)
    if (match === null) throw invalid('it has a quote that is not closed')
    const [, double, single, mark, word] = match
    const quoted = double ?? single
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark })
    else tokens.push({ kind: 'text', text: quoted === undefined ? word! : unescape(quoted) })
  }
  return tokens
}

function unescape(text: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }
  return text.replace(/\\(.)/g, (_, character: string) => named[character] ?? character)
}

/** Throws OPTION_INVALID. */
export function parseJaasConfig(text: string): JaasLogin {
  const tokens = tokensOf(text)
  const [module, flag] = tokens
  const known = MODULES[module?.text.split('.').at(-1) ?? '']
  if (module?.kind !== 'text' || known === undefined)
    throw invalid('it does not begin with PlainLoginModule or ScramLoginModule, the login modules that are supported')
  if (flag?.kind !== 'text' || !FLAGS.has(flag.text.toLowerCase()))
    throw invalid("'required' does not follow the login module")
  const end = tokens.at(-1)
  if (end?.kind !== 'mark' || end.text !== ';') throw invalid("there is no ';' at its end")
  const options = optionsOf(tokens.slice(2, -1))
  for (const name of options.keys())
    if (name !== 'username' && name !== 'password')
      throw invalid(
        name === 'tokenauth' ? 'delegation tokens are not supported' : 'it has options besides username and password',
      )
  const [username, password] = [options.get('username'), options.get('password')]
  if (!username || !password) throw invalid(`it has no ${username ? 'password' : 'username'}`)
  return { module: known, username, password }
}

function optionsOf(tokens: readonly Token[]): Map<string, string> {
  const options = new Map<string, string>()
  for (let at = 0; at < tokens.length; at += 3) {
    const [name, mark, value] = tokens.slice(at, at + 3)
    if (name?.kind !== 'text' || mark?.text !== '=' || mark.kind !== 'mark' || value?.kind !== 'text')
      throw invalid('its options are not name="value", or it names several login modules')
    options.set(name.text, value.text)
  }
  return options
}

function invalid(reason: string): Error {
  return optionError(`Invalid value for option '${KEY}': ${reason}.`, EXAMPLE)
}
