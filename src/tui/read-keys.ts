// Keys of a terminal as names: a character, or up, pagedown, shift-tab, enter, ctrl-c …
import { emitKeypressEvents, type Key } from 'node:readline'

const NAMES: Readonly<Record<string, string>> = { return: 'enter', enter: 'enter', delete: 'backspace' }

/** Undefined: nothing that the screen knows. */
export function keyName(character: string | undefined, key: Key): string | undefined {
  const { name, ctrl, shift, meta } = key
  if (ctrl === true) return name === undefined ? undefined : `ctrl-${name}`
  if (name === 'tab') return shift === true ? 'shift-tab' : 'tab'
  if (character !== undefined && character >= ' ' && character !== '\x7f' && !character.startsWith('\x1b'))
    return meta === true ? undefined : character
  return name === undefined ? undefined : (NAMES[name] ?? name)
}

/** Until the function that it returns is called, which gives the terminal back as it was. */
export function readKeys(input: NodeJS.ReadStream, onKey: (key: string) => void): () => void {
  const listen = (character: string | undefined, key: Key): void => {
    const name = keyName(character, key)
    if (name !== undefined) onKey(name)
  }
  emitKeypressEvents(input)
  input.setRawMode?.(true)
  input.on('keypress', listen)
  input.resume()
  return () => {
    input.off('keypress', listen)
    input.setRawMode?.(false)
    input.pause()
  }
}
