/** A text in PEM, or the file that holds one; a relative path is taken from the project's folder. */
export type PemSource = { readonly pem: string } | { readonly file: string }
