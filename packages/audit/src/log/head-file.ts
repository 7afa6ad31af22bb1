/**
 * The signed head on disk. It moves only forward, from the head this process holds, by compare-and-swap: what is on disk must still be,
 * byte for byte, what we last put there. The lock keeps other writers out; this notices one that came in anyway.
 */
import { AuditFault } from '../fault.ts'
import { encodeCheckpointText, parseCheckpoint, type TreeHead } from '../note/checkpoint.ts'
import { checkNote, isTextSigned, toSignatureLine } from '../note/signed-note.ts'
import type { LogSigner } from '../note/signer.ts'
import { proveConsistency } from './consistency.ts'
import { CHECKPOINT_FILE } from './layout.ts'
import type { ObjectStore } from './object-store.ts'

export class HeadFile {
  readonly #store: ObjectStore
  readonly #origin: string
  #signer: LogSigner
  #held: Held

  private constructor(store: ObjectStore, origin: string, signer: LogSigner, held: Held) {
    this.#store = store
    this.#origin = origin
    this.#signer = signer
    this.#held = held
  }

  /**
   * Reads the head, or stands for one not written yet, of the empty tree.
   *
   * @param signers the log's key and, while it is being changed, the next one: any may have signed the head that is there.
   * @throws {AuditFault} `head-invalid` when it is malformed, of another origin, or signed by none of them.
   */
  static async open(store: ObjectStore, origin: string, signers: readonly [LogSigner, ...LogSigner[]], empty: TreeHead): Promise<HeadFile> {
    const found = await store.read(CHECKPOINT_FILE)
    if (found === undefined) return new HeadFile(store, origin, signers[0], { version: undefined, head: empty, note: Buffer.alloc(0) })
    const { head, signer } = requireHead(found.bytes, origin, signers)
    return new HeadFile(store, origin, signer, { version: found.version, head, note: found.bytes })
  }

  /** The head as it is on disk. */
  get head(): TreeHead {
    return this.#held.head
  }

  /** The checkpoint as it is on disk: a signed note; empty before the first. */
  get note(): Buffer {
    return this.#held.note
  }

  /** Whether a head was ever written. */
  get exists(): boolean {
    return this.#held.version !== undefined
  }

  /** Who signs the next head. */
  get signer(): LogSigner {
    return this.#signer
  }

  /** Has the next head signed by another key. The log has announced it (key-change.ts). */
  useSigner(signer: LogSigner): void {
    this.#signer = signer
  }

  /**
   * Signs `next` and puts it in place of the head held. Everything it covers must be durable, its tiles stored.
   * @throws {AuditFault} `fork` when it would go back, or when the file is not the one we hold; errors of disk and signer.
   */
  async replace(next: TreeHead): Promise<void> {
    if (next.size < this.#held.head.size) throw new AuditFault('fork', `head: from size ${this.#held.head.size} back to ${next.size}`)
    const text = encodeCheckpointText(this.#origin, next)
    const key = this.#signer.verifierKey
    const signature = await this.#signer.sign(Buffer.from(text, 'utf8'), (oldSize) => proveConsistency(this.#store, oldSize, next.size))
    // A signer that signs something else must not be published: verifiers would reject the log.
    if (!isTextSigned(text, key, Buffer.from(signature))) throw new AuditFault('recorder-failed', 'head: the signer returned a wrong signature')
    const note = Buffer.from(`${text}\n${toSignatureLine(key.name, key.id, signature)}`, 'utf8')
    const replaced = await this.#store.replace(CHECKPOINT_FILE, note, this.#held.version)
    if (replaced.kind === 'conflict') throw new AuditFault('fork', 'head: the checkpoint that is stored is not the one this process wrote')
    this.#held = { version: replaced.version, head: next, note }
  }
}

interface Held {
  readonly version: string | undefined
  readonly head: TreeHead
  readonly note: Buffer
}

function requireHead(bytes: Buffer, origin: string, signers: readonly LogSigner[]): { readonly head: TreeHead; readonly signer: LogSigner } {
  const checkpoint = parseCheckpoint(bytes)
  if (checkpoint.kind === 'malformed') throw new AuditFault('head-invalid', checkpoint.reason)
  if (checkpoint.origin !== origin) throw new AuditFault('head-invalid', 'checkpoint: of another origin than this log is opened with')
  const check = checkNote(checkpoint.note, signers.map(({ verifierKey }) => verifierKey), isTextSigned)
  if (check.kind === 'bad-signature') throw new AuditFault('head-invalid', `checkpoint: wrong signature of key ${check.id}`)
  const signer = signers.find(({ verifierKey }) => verifierKey === check.verified[0]?.key)
  if (signer === undefined) throw new AuditFault('head-invalid', `checkpoint: not signed by key ${signers.map(({ verifierKey }) => verifierKey.id).join(' or ')}`)
  return { head: { size: checkpoint.size, root: checkpoint.root }, signer }
}
