// What the terminal can show, from its environment.

export interface TerminalAbilities {
  readonly unicode: boolean
  readonly colour: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** As POSIX decides the character set: LC_ALL, else LC_CTYPE, else LANG. A Windows console of our days has Unicode. */
function hasUnicode(environment: Environment, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return environment['WT_SESSION'] !== undefined || environment['TERM_PROGRAM'] !== undefined
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG']
  // macOS terminals start shells without a locale now and then, and are UTF-8 all the same
  if (locale === undefined || locale === '') return platform === 'darwin'
  return /utf-?8/i.test(locale)
}

/** NO_COLOR: https://no-color.org; set to anything but nothing it means no colours. */
export function terminalAbilities(environment: Environment, platform: NodeJS.Platform): TerminalAbilities {
  const without = environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== ''
  return { unicode: hasUnicode(environment, platform), colour: !without && environment['TERM'] !== 'dumb' }
}
