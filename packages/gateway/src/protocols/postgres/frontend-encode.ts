/** Messages to frames, in the client's direction: what Doorward itself says to an upstream. The mirror of frontend.ts. */
import { unreachable } from '@doorward/core'
import { FrameWriter } from './frame-writer.ts'
import type { FormatCode, FrontendMessage } from './frontend.ts'
import { MAX_COUNT } from './limits.ts'
import { WireFault } from './wire-fault.ts'

/**
 * The whole frame, freshly allocated.
 *
 * @throws {WireFault} `bad-string` for a NUL inside a string, `bad-value` for more than 65,535 parameters, formats or types
 */
export function encodeFrontend(message: FrontendMessage): Buffer {
  switch (message.kind) {
    case 'query': return new FrameWriter(0x51, message.sql.length + 1).stringBytes(message.sql).finish()
    case 'parse': {
      const write = new FrameWriter(0x50, message.sql.length + 70 + 4 * message.parameterTypes.length)
      write.string(message.statement).stringBytes(message.sql).int16(requireCount(message.parameterTypes.length))
      for (const oid of message.parameterTypes) write.int32(oid)
      return write.finish()
    }
    case 'bind': {
      const write = new FrameWriter(0x42).string(message.portal).string(message.statement)
      writeFormats(write, message.parameterFormats)
      writeCells(write, message.parameters)
      writeFormats(write, message.resultFormats)
      return write.finish()
    }
    case 'describe': return new FrameWriter(0x44).uint8(message.target === 'statement' ? 0x53 : 0x50).string(message.name).finish()
    case 'close': return new FrameWriter(0x43).uint8(message.target === 'statement' ? 0x53 : 0x50).string(message.name).finish()
    case 'execute': return new FrameWriter(0x45).string(message.portal).int32(message.maxRows).finish()
    case 'functionCall': {
      const write = new FrameWriter(0x46).int32(message.functionOid)
      writeFormats(write, message.argumentFormats)
      writeCells(write, message.arguments)
      return write.int16(message.resultFormat).finish()
    }
    case 'copyData': return new FrameWriter(0x64, message.data.length).bytes(message.data).finish()
    case 'copyFail': return new FrameWriter(0x66).string(message.message).finish()
    case 'authenticationResponse': {
      const payload = message.payload.reveal() // into the frame that carries it, and nowhere else
      return new FrameWriter(0x70, payload.length).bytes(payload).finish()
    }
    case 'sync': return new FrameWriter(0x53, 0).finish()
    case 'flush': return new FrameWriter(0x48, 0).finish()
    case 'terminate': return new FrameWriter(0x58, 0).finish()
    case 'copyDone': return new FrameWriter(0x63, 0).finish()
    default: return unreachable(message)
  }
}

function writeFormats(write: FrameWriter, formats: readonly FormatCode[]): void {
  write.int16(requireCount(formats.length))
  for (const format of formats) write.int16(format)
}

function writeCells(write: FrameWriter, cells: readonly (Buffer | null)[]): void {
  write.int16(requireCount(cells.length))
  for (const cell of cells) write.cell(cell)
}

function requireCount(count: number): number {
  if (count > MAX_COUNT) throw new WireFault('bad-value', `${count} values, expected at most ${MAX_COUNT}`)
  return count
}
