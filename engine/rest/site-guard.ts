// Whom the API answers. It listens on this machine only, but every page in the user's browser can reach that: none but a
// page of this machine may read or change anything. Source: the Fetch standard (Origin, Sec-Fetch-Site, safelisted types).
import type { IncomingMessage } from 'node:http'
import { HttpStatusError } from './http-status-error.ts'

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]'])
/** What a page may send without asking first. */
const FORM_TYPES = /^(text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)\b/i

/** Of `host`, `host:port` or `[address]:port`, in lower case. */
function hostName(authority: string): string {
  return authority.replace(/:\d*$/, '').toLowerCase()
}

/**
 * Throws 403 where the request is not for this machine (a name that resolves to it: DNS rebinding) or comes from another
 * site, 415 where a page sends a form. Clients that are no browsers send neither Origin nor Sec-Fetch-Site. `authority` is
 * that of an absolute request line, which stands above the Host header.
 */
export function refuseForeignSites(request: IncomingMessage, host: string, authority: string | undefined): void {
  const isOwn = (name: string): boolean => LOOPBACK_NAMES.has(name) || name === host
  const { origin, 'sec-fetch-site': site } = request.headers
  if (!isOwn(hostName(authority ?? request.headers.host ?? ''))) {
    throw new HttpStatusError(403, 'This host name is not served here.')
  }
  const isForeign =
    (origin !== undefined && !isOwn(hostName(origin.replace(/^https?:\/\//i, '')))) || isCrossSite(request, site)
  if (isForeign) throw new HttpStatusError(403, 'Requests from other sites are refused.')
  const isPage = origin !== undefined || site !== undefined
  if (isPage && FORM_TYPES.test(request.headers['content-type'] ?? '')) {
    throw new HttpStatusError(415, 'Pages must send application/json.')
  }
}

/** A link that is followed is no request of the page it stands on. */
function isCrossSite(request: IncomingMessage, site: string | string[] | undefined): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = request.headers
  const isLink = request.method === 'GET' && mode === 'navigate' && destination === 'document'
  return site === 'cross-site' && !isLink
}
