// Whom the API answers. It listens on this machine only, but every page in the user's browser can reach that: none but a
// page that this very address gave may read or change anything, for another port of this machine serves another project.
// Source: the Fetch standard (Origin, Sec-Fetch-Site, safelisted types).
import type { IncomingMessage } from 'node:http'
import { HttpStatusError } from './http-status-error.ts'

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]'])
/** What a page may send without asking first. */
const FORM_TYPES = /^(text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)\b/i

/** Of `host`, `host:port` or `[address]:port`, in lower case. */
function hostName(authority: string): string {
  return authority.replace(/:\d*$/, '').toLowerCase()
}

/** An origin or an authority as `host:port`; without a port it is that of http. */
function hostAndPort(origin: string): string {
  const authority = origin.replace(/^http:\/\//i, '').toLowerCase()
  return /:\d+$/.test(authority) ? authority : `${authority.replace(/:$/, '')}:80`
}

/**
 * Throws 403 where the request is not for this machine (a name that resolves to it: DNS rebinding) or comes from a page of
 * another origin, 415 where a page sends a form. Clients that are no browsers send neither Origin nor Sec-Fetch-Site.
 * `authority` is that of an absolute request line, which stands above the Host header.
 */
export function refuseForeignSites(request: IncomingMessage, host: string, authority: string | undefined): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  const asked = authority ?? request.headers.host ?? ''
  const name = hostName(asked)
  if (!LOOPBACK_NAMES.has(name) && name !== host) {
    throw new HttpStatusError(403, 'This host name is not served here.')
  }
  const isForeign = (origin !== undefined && hostAndPort(origin) !== hostAndPort(asked)) || isOtherPage(request, site)
  if (isForeign) throw new HttpStatusError(403, 'Requests from pages of other sites and ports are refused.')
  const isPage = origin !== undefined || site !== undefined
  if (isPage && FORM_TYPES.test(request.headers['content-type'] ?? '')) {
    throw new HttpStatusError(415, 'Pages must send application/json.')
  }
}

/** A link that is followed is no request of the page it stands on. `same-site`: of another port. */
function isOtherPage(request: IncomingMessage, site: string | string[] | undefined): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = request.headers
  const isLink = request.method === 'GET' && mode === 'navigate' && destination === 'document'
  return (site === 'cross-site' || site === 'same-site') && !isLink
}
