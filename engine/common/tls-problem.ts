// What goes wrong when two programs agree on TLS, in words: Node and OpenSSL name it by codes.

export interface TlsProblem {
  /** As the end of a sentence: "Kafka at broker:9093: …". */
  readonly problem: string
  readonly fix: string
}

const notTrusted: TlsProblem = {
  problem: 'its certificate is not signed by a certificate authority that is trusted here',
  fix: "Name the file with the certificate authority's certificate (PEM).",
}
const refusedCertificate: TlsProblem = {
  problem: 'it does not accept the certificate of this client',
  fix: 'Give a certificate that is signed by an authority the server trusts, and the private key made with it.',
}
const noCommonVersion: TlsProblem = {
  problem: 'it speaks no version or cipher of TLS that is spoken here (TLS 1.2 and 1.3 are)',
  fix: 'Switch TLS 1.2 or 1.3 on at the server.',
}
const notTls: TlsProblem = {
  problem: 'what answers there does not speak TLS',
  fix: 'Connect to a port with TLS, or without TLS to this one.',
}

const problems: Readonly<Record<string, TlsProblem>> = {
  SELF_SIGNED_CERT_IN_CHAIN: notTrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: notTrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: notTrusted,
  UNABLE_TO_GET_ISSUER_CERT: notTrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notTrusted,
  CERT_UNTRUSTED: notTrusted,
  CERT_SIGNATURE_FAILURE: notTrusted,
  INVALID_CA: notTrusted,
  CERT_HAS_EXPIRED: {
    problem: 'its certificate has expired',
    fix: 'Renew the certificate of the server (or see whether the clock of this machine is right).',
  },
  CERT_NOT_YET_VALID: {
    problem: 'its certificate is not valid yet',
    fix: 'See whether the clock of this machine is right.',
  },
  CERT_REVOKED: { problem: 'its certificate was revoked', fix: 'Renew the certificate of the server.' },
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: {
    problem: 'it asks for a certificate of this client, and there is none',
    fix: "Give the client's certificate and its private key (PEM).",
  },
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: refusedCertificate,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: refusedCertificate,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: refusedCertificate,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: refusedCertificate,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: refusedCertificate,
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: refusedCertificate,
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: refusedCertificate,
  // with TLS 1.2 a certificate that is missing is told like this, too
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: {
    problem: 'it ends the handshake: it asks for a certificate of this client, or there is no common cipher',
    fix: "Give the client's certificate and its private key (PEM), if it asks for them.",
  },
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: noCommonVersion,
  ERR_SSL_UNSUPPORTED_PROTOCOL: noCommonVersion,
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: noCommonVersion,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_RECORD_LAYER_FAILURE: notTls,
  ERR_SSL_UNEXPECTED_MESSAGE: notTls,
}

/** Undefined: it is about something else. `error`: what a TLS socket of Node emitted. */
export function tlsProblem(error: unknown): TlsProblem | undefined {
  const { code, reason } = error as { code?: unknown; reason?: unknown }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      problem: `its certificate is for another host name${typeof reason === 'string' ? ` (${reason})` : ''}`,
      fix: 'Connect by a name that is in the certificate, or have a certificate made for this one.',
    }
  return typeof code === 'string' ? problems[code] : undefined
}
