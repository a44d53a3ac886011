import { StreamWriter } from '../stream-writer.ts'
import { headerBytes, type ItemType, writeHeader } from './items.ts'

/** Writes the items of a pxar archive. */
export class ItemWriter extends StreamWriter {
  putHeader(type: ItemType, bodyBytes: number): void {
    const at = this.take(headerBytes)
    writeHeader(this.view, at, type, bodyBytes)
  }
}
