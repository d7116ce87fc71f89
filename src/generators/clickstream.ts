// Clicks in a shop: sessions of users who come from somewhere, think between pages, and leave; many after one page.
import { schema, t } from '../../engine/index.ts'
import type { EventBatch } from './event-batch.ts'
import type { EventGenerator, GeneratorContext, GeneratorDefinition } from './generator.ts'
import { uniformKey } from './pick-key.ts'
import { TimeHeap } from './time-heap.ts'

const USERS = 200_000
const PRODUCTS = 300
const BOUNCE_SHARE = 0.35
const THINK_MS_MIN = 2_000
const THINK_MS_MEAN = 15_000
const THINK_MS_MAX = 5 * 60_000
/** A user who comes back sooner has not been away: windows with the usual gap see one session. */
const AWAY_MS_MIN = 30 * 60_000

const REFERRERS = ['https://www.google.com/', 'https://duckduckgo.com/', 'https://news.example.com/', null, null]
const DEVICES = ['desktop', 'mobile', 'tablet']

/** Pages before the products'. */
const PLACES = ['/', '/search', '/category/books', '/category/garden', '/cart', '/checkout', '/thanks'] as const
const [HOME, SEARCH, BOOKS, GARDEN, CART, CHECKOUT, THANKS] = PLACES.keys() as unknown as number[]
const PRODUCT = -1
const LEAVE = -2

/** Where one goes from a page, each as likely. */
const NEXT: Readonly<Record<number, readonly number[]>> = {
  [HOME!]: [SEARCH!, BOOKS!, GARDEN!, PRODUCT, LEAVE],
  [SEARCH!]: [PRODUCT, PRODUCT, PRODUCT, SEARCH!, LEAVE],
  [BOOKS!]: [PRODUCT, PRODUCT, PRODUCT, SEARCH!, LEAVE],
  [GARDEN!]: [PRODUCT, PRODUCT, PRODUCT, SEARCH!, LEAVE],
  [PRODUCT]: [CART!, PRODUCT, PRODUCT, SEARCH!, BOOKS!, LEAVE],
  [CART!]: [CHECKOUT!, CHECKOUT!, PRODUCT, LEAVE],
  [CHECKOUT!]: [THANKS!, THANKS!, THANKS!, CART!, LEAVE],
}
const LANDINGS = [HOME!, HOME!, HOME!, SEARCH!, BOOKS!, PRODUCT, PRODUCT, PRODUCT]

/** Sessions that go on, as columns: `rows` are reused. */
class Sessions {
  readonly ids: number[] = []
  readonly users: number[] = []
  readonly pages: number[] = []
  readonly devices: number[] = []
  private readonly free: number[] = []

  add(id: number, user: number, page: number, device: number): number {
    const row = this.free.pop() ?? this.ids.length
    this.ids[row] = id
    this.users[row] = user
    this.pages[row] = page
    this.devices[row] = device
    return row
  }

  remove(row: number): void {
    this.free.push(row)
  }
}

class Clicks implements EventGenerator {
  private readonly context: GeneratorContext
  private readonly random: () => number
  private readonly pickUser: () => number
  private readonly pages: readonly Uint8Array[]
  private readonly referrers: readonly (Uint8Array | null)[]
  private readonly devices: readonly Uint8Array[]
  private readonly sessions = new Sessions()
  /** Rows of sessions by the time of their next click. */
  private readonly due = new TimeHeap()
  private readonly lastSeenMs = new Float64Array(USERS).fill(-Infinity)
  private index = 0
  private sessionCount = 0

  constructor(context: GeneratorContext) {
    const { randomOf, pickKey, serializer } = context
    this.context = context
    this.random = randomOf('clickstream')
    this.pickUser = pickKey(USERS, uniformKey(USERS))
    const products = Array.from({ length: PRODUCTS }, (_, index) => `/product/${index + 1}`)
    this.pages = [...PLACES, ...products].map((page) => serializer.prepare(page))
    this.referrers = REFERRERS.map((referrer) => (referrer === null ? null : serializer.prepare(referrer)))
    this.devices = DEVICES.map((device) => serializer.prepare(device))
  }

  next(batch: EventBatch): void {
    const tellMs = this.context.startMs + this.index++ * this.context.intervalMs
    if (this.due.nextMs <= tellMs) this.goOn(batch, this.due.pop(), tellMs)
    else this.begin(batch, tellMs)
  }

  private begin(batch: EventBatch, tellMs: number): void {
    const user = this.newcomer(tellMs)
    const page = this.pageOf(this.one(LANDINGS))
    const device = Math.floor(this.random() * DEVICES.length)
    const referrer = this.referrers[Math.floor(this.random() * REFERRERS.length)]!
    const id = ++this.sessionCount
    this.click(batch, tellMs, id, user, page, referrer, device)
    if (this.random() < BOUNCE_SHARE) return
    this.think(this.sessions.add(id, user, page, device), tellMs)
  }

  private goOn(batch: EventBatch, row: number, tellMs: number): void {
    const { ids, users, pages, devices } = this.sessions
    const from = pages[row]!
    const page = this.pageOf(this.after(from))
    this.click(batch, tellMs, ids[row]!, users[row]!, page, this.pages[from]!, devices[row]!)
    pages[row] = page
    if (page === THANKS || this.random() < 0.1) this.sessions.remove(row)
    else this.think(row, tellMs)
  }

  /** The page clicked on; who would leave at once looks at a product first. */
  private after(page: number): number {
    const next = this.one(NEXT[page >= PLACES.length ? PRODUCT : page]!)
    return next === LEAVE ? PRODUCT : next
  }

  private think(row: number, tellMs: number): void {
    const thinkMs = THINK_MS_MIN - Math.log(1 - this.random()) * THINK_MS_MEAN
    this.due.push(tellMs + Math.floor(Math.min(thinkMs, THINK_MS_MAX)), row)
  }

  /** Tries a few users for one who has been away long enough. */
  private newcomer(tellMs: number): number {
    let user = this.pickUser()
    for (let tries = 0; tries < 4 && this.lastSeenMs[user]! > tellMs - AWAY_MS_MIN; tries++) user = this.pickUser()
    return user
  }

  private one(choices: readonly number[]): number {
    return choices[Math.floor(this.random() * choices.length)]!
  }

  private pageOf(place: number): number {
    return place === PRODUCT ? PLACES.length + Math.floor(this.random() ** 2 * PRODUCTS) : place
  }

  private click(
    batch: EventBatch,
    tellMs: number,
    session: number,
    user: number,
    page: number,
    referrer: Uint8Array | null,
    device: number,
  ): void {
    const { disorder, serializer } = this.context
    const timeMs = Math.floor(tellMs) - disorder.delayMs()
    this.lastSeenMs[user] = tellMs
    const { out } = batch
    const keyStart = out.length
    out.integer(user + 1)
    const valueStart = out.length
    serializer.begin(out)
    serializer.integer(0, user + 1)
    serializer.integer(1, session)
    serializer.text(2, this.pages[page]!)
    if (referrer === null) serializer.value(3, null)
    else serializer.text(3, referrer)
    serializer.text(4, this.devices[device]!)
    serializer.time(5, timeMs)
    serializer.end()
    batch.add(keyStart, valueStart, timeMs, tellMs, disorder.isLate)
  }
}

export const clickstream: GeneratorDefinition = {
  name: 'clickstream',
  about: 'clicks of users in sessions (pages, referrers, think times, bounces), keyed by user',
  type: schema({
    user_id: t.int(),
    session_id: t.epochMillis(),
    page: t.string(),
    referrer: t.nullable(t.string()),
    device: t.string(),
    clicked_at: t.epochMillis(),
  }).rowType,
  disorder: {},
  create: (context) => new Clicks(context),
}
