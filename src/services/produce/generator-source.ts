import {
  generatorContext,
  type EventBatch,
  type EventGenerator,
  type GeneratorDefinition,
  type GeneratorOptions,
} from '../../generators/index.ts'
import type { EventSource } from './event-source.ts'

export class GeneratorSource implements EventSource {
  readonly fraction = undefined
  private readonly name: string
  private readonly generator: EventGenerator

  constructor(definition: GeneratorDefinition, options: GeneratorOptions) {
    this.name = definition.name
    this.generator = definition.create(generatorContext(definition, options))
  }

  fill(batch: EventBatch, max: number): boolean {
    while (batch.count < max) this.generator.next(batch)
    return true
  }

  titleOf(): string {
    return `the events of generator ${this.name}`
  }

  close(): void {}
}
