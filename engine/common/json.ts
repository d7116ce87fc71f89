/** JSON: what may lie in a graph, a message or a checkpoint. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
