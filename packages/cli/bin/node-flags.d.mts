/** See node-flags.mjs. */
export function gatewayFlags(env: Readonly<Record<string, string | undefined>>): readonly string[]
