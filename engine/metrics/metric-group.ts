// Counters and gauges of one subtask's operator. Plain numbers on the hot path; read by the reporter between elements.

export interface Counter {
  count: number
}

export interface MetricGroup {
  /** The counter of that name, made at first use. Names are Flink's (`numRecordsIn`, `numLateRecordsDropped` …). */
  counter(name: string): Counter
  /** `read` is called when metrics are reported. */
  gauge(name: string, read: () => number): void
}

export class MetricRegistry implements MetricGroup {
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, () => number>()

  counter(name: string): Counter {
    let counter = this.#counters.get(name)
    if (counter === undefined) this.#counters.set(name, (counter = { count: 0 }))
    return counter
  }

  gauge(name: string, read: () => number): void {
    this.#gauges.set(name, read)
  }

  /** Every metric's present value. */
  snapshot(): Record<string, number> {
    const values: Record<string, number> = {}
    for (const [name, counter] of this.#counters) values[name] = counter.count
    for (const [name, read] of this.#gauges) values[name] = read()
    return values
  }
}
