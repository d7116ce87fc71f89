// Runs a client program against a broker, with a limit on its time.
import { spawn } from 'node:child_process'

export interface ClientRun {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

export async function runClient(
  command: string,
  args: readonly string[],
  options: { readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<ClientRun> {
  const child = spawn(command, args, { timeout: options.timeoutMs ?? 60_000 })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { stdout, stderr, code }
}
