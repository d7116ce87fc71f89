// The codecs that topics' `compression.type` asks for, each loaded when it is needed first.
import { loadCompressor, type CompressionType, type Compressor } from '../protocol/compression.ts'

export class Compressors {
  private readonly loaded = new Map<CompressionType, Promise<Compressor | undefined>>()

  /** Undefined for `none`. */
  get(type: CompressionType): Promise<Compressor | undefined> {
    const known = this.loaded.get(type)
    if (known !== undefined) return known
    const loading = loadCompressor(type)
    this.loaded.set(type, loading)
    return loading
  }
}
