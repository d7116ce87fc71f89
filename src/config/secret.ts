// Passwords of the configuration: in the file, or better somewhere else. Never printed; errors name the place, not the text.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigError } from './config-error.ts'

/** The text itself, the name of an environment variable, or a file whose text it is (one newline at its end is dropped). */
export type Secret = string | { readonly env: string } | { readonly file: string }

/** What is shown in place of a secret. */
export const MASKED_SECRET = '***'

/** The text of a secret. `folder`: where a relative path begins. Throws CONFIG_MISSING naming the variable or the file. */
export function resolveSecret(
  secret: Secret,
  folder: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (typeof secret === 'string') return secret
  if ('env' in secret) {
    const text = environment[secret.env]
    if (text === undefined || text === '')
      throw new ConfigError(
        'CONFIG_MISSING',
        `the environment variable ${secret.env}, which holds a password, is not set`,
        {
          fix: `export ${secret.env}=…, then run the command again (after \`flinkts down\` where a session runs already)`,
        },
      )
    return text
  }
  const path = resolve(folder, secret.file)
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new ConfigError('CONFIG_MISSING', `the file ${path}, which holds a password, cannot be read`, {
      fix: 'write the password into that file, or name another one in flinkts.yaml',
      cause,
    })
  }
}

/** `postgresql://user:***@host/db`: a URL fit to print. */
export function maskUrlPassword(url: string): string {
  return url.replace(/(:\/\/[^/:@\s]*):[^/\s]*@/, `$1:${MASKED_SECRET}@`)
}
