/** Tells when the process is asked to end. Bound in main.ts and in the demo; everything else gets the promise. */

/**
 * Listens for SIGINT, SIGTERM and SIGHUP, and for the end of the process that started this one, where that one left an IPC channel
 * (`run-on-node.mjs` does, since nothing tells a child that its parent was killed).
 *
 * @returns a promise of the reason. Asked again, signals are taken and change nothing: whoever waits is already stopping.
 */
export function awaitStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { resolve(signal) })
    if (!process.connected) return
    process.on('disconnect', () => { resolve('the parent process ended') })
    // The channel is to tell, not to keep us alive.
    process.channel?.unref()
  })
}
