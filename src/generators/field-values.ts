// What a field of this name and type would hold: names help to choose. Texts come from faker, numbers from ranges.
import type { Faker } from '@faker-js/faker'

const STATUSES = ['new', 'active', 'pending', 'done', 'cancelled']

type DrawText = (faker: Faker) => string

/** The first that fits a field's name, in words: `customerEmail` and `customer_email` are "customer email". */
const TEXTS: readonly (readonly [RegExp, DrawText])[] = [
  [/\b(uuid|guid)\b/, (faker) => faker.string.uuid()],
  [/\be ?mail\b/, (faker) => faker.internet.email()],
  [/\b(user ?name|login|nick ?name)\b/, (faker) => faker.internet.username()],
  [/\bfirst ?name|given ?name\b/, (faker) => faker.person.firstName()],
  [/\blast ?name|sur ?name|family ?name\b/, (faker) => faker.person.lastName()],
  [/\b(company|brand|manufacturer|vendor|merchant|supplier|shop)\b/, (faker) => faker.company.name()],
  [/\b(product|item|article)\b(?! id\b)/, (faker) => faker.commerce.productName()],
  [/\b(category|department)\b/, (faker) => faker.commerce.department()],
  [/\bcountry ?code\b/, (faker) => faker.location.countryCode()],
  [/\bcountry\b/, (faker) => faker.location.country()],
  [/\b(city|town)\b/, (faker) => faker.location.city()],
  [/\b(state|region|province)\b/, (faker) => faker.location.state()],
  [/\b(zip|postal|postcode)/, (faker) => faker.location.zipCode()],
  [/\b(street|address)\b/, (faker) => faker.location.streetAddress()],
  [/\bphone|mobile|telephone\b/, (faker) => faker.phone.number()],
  [/\bcurrency\b/, (faker) => faker.finance.currencyCode()],
  [/\biban\b/, (faker) => faker.finance.iban()],
  [/\b(url|link|website|referrer|referer)\b/, (faker) => faker.internet.url()],
  [/\bdomain\b/, (faker) => faker.internet.domainName()],
  [/\b(page|path)\b/, (faker) => `/${faker.lorem.slug(2)}`],
  [/\bip\b/, (faker) => faker.internet.ipv4()],
  [/\b(user ?agent|browser)\b/, (faker) => faker.internet.userAgent()],
  [/\bcolou?r\b/, (faker) => faker.color.human()],
  [/\b(gender|sex)\b/, (faker) => faker.person.sex()],
  [/\b(job|profession|occupation)\b/, (faker) => faker.person.jobTitle()],
  [/\bstatus|phase\b/, (faker) => faker.helpers.arrayElement(STATUSES)],
  [/\b(description|comment|message|text|body|review)\b/, (faker) => faker.lorem.sentence()],
  [/\b(title|subject|headline)\b/, (faker) => faker.lorem.words(3)],
  [/\b(name|customer|user|person|author|driver|owner)\b(?! id\b)/, (faker) => faker.person.fullName()],
  [/\b(id|key|code|sku|token)\b/, (faker) => faker.string.alphanumeric({ length: 10, casing: 'upper' })],
]

/** `customerID` is "customer id". */
export function wordsOf(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z\d]+/g, ' ')
    .toLowerCase()
    .trim()
}

export function textOf(name: string): DrawText {
  const words = wordsOf(name)
  return TEXTS.find(([pattern]) => pattern.test(words))?.[1] ?? ((faker) => faker.word.noun())
}

/** From `min` to `max`, both included where they are whole. */
export interface NumberRange {
  readonly min: number
  readonly max: number
}

const RANGES: readonly (readonly [RegExp, NumberRange])[] = [
  [/\b(price|amount|total|cost|fare|revenue|balance|salary|fee|tip|payment)\b/, { min: 1, max: 500 }],
  [/\b(quantity|qty|passengers?|passenger count|pieces)\b/, { min: 1, max: 10 }],
  [/\bage\b/, { min: 18, max: 90 }],
  [/\byear\b/, { min: 1970, max: 2025 }],
  [/\bmonth\b/, { min: 1, max: 12 }],
  [/\bday\b/, { min: 1, max: 28 }],
  [/\bhour\b/, { min: 0, max: 23 }],
  [/\b(minute|second)\b/, { min: 0, max: 59 }],
  [/\b(rating|stars)\b/, { min: 1, max: 5 }],
  [/\b(percent|percentage|humidity|battery|progress|load|score)\b/, { min: 0, max: 100 }],
  [/\b(share|ratio|probability|rate|discount)\b/, { min: 0, max: 1 }],
  [/\btemperature|temp\b/, { min: -10, max: 35 }],
  [/\bpressure\b/, { min: 980, max: 1040 }],
  [/\b(lat|latitude)\b/, { min: -90, max: 90 }],
  [/\b(lon|lng|long|longitude)\b/, { min: -180, max: 180 }],
  [/\b(distance|miles|kilometers|kilometres|km)\b/, { min: 0, max: 30 }],
  [/\bspeed\b/, { min: 0, max: 130 }],
  [/\b(weight|height|length|width|depth|size|volume)\b/, { min: 1, max: 200 }],
  [/\bport\b/, { min: 1024, max: 65_535 }],
  [/\b(location|zone)\b/, { min: 1, max: 265 }],
]

/** Of a number that is no id. */
export function rangeOf(name: string): NumberRange {
  const words = wordsOf(name)
  return RANGES.find(([pattern]) => pattern.test(words))?.[1] ?? { min: 0, max: 1000 }
}

/** A number that counts up: the record's own id. */
export function isOwnId(name: string): boolean {
  return /^(id|seq|sequence|number|event id|record id|row id|offset)$/.test(wordsOf(name))
}

/** A number that refers to something of which there are some. */
export function isForeignId(name: string): boolean {
  return /\bid$/.test(wordsOf(name))
}

/** A number that is ms since 1970. */
export function isTimeName(name: string): boolean {
  return /\b(at|time|timestamp|ts|datetime|date time|date|millis|ms)$/.test(wordsOf(name))
}

/** A time behind the event's: the end of what begins with it. */
export function isLaterTimeName(name: string): boolean {
  return /\b(end|until|to|dropoff|arrival|arrived|expires?|expiry|due|finished|delivered)\b/.test(wordsOf(name))
}
