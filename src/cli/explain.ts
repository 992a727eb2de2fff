/** What each failure means, and what helps. */
import { tidyKey } from '../options/text-rules.ts';
import type { Config } from '../options/config.ts';
import type { Sent } from './post.ts';

/** What is wrong, and what helps. */
export type Explained = readonly [what: string, cure: string];

/** A write key as ErrSight makes it. */
const WRITE_KEY = /^elp_[\da-f]{48}$/;

/** What is wrong with a key, as far as it can be told without a server. */
export function keyProblem(given: unknown): Explained | undefined {
  const key = typeof given === 'string' ? tidyKey(given) : '';
  if (key === '' || WRITE_KEY.test(key)) return undefined;
  if (key.startsWith('elr_')) {
    return [
      'the key is a read key (elr_…), which can write no events',
      'Set ERRSIGHT_API_KEY to the write key of the project, which begins with elp_.',
    ];
  }
  return [
    `the key is no write key: it has ${key.length} characters, but a write key is elp_ and 48 digits or letters from a to f`,
    'Copy the whole key from the settings of your project in ErrSight.',
  ];
}

/** Says why the event has not arrived. Returns undefined if it has. */
export function explain(sent: Sent, config: Config): Explained | undefined {
  const { failure, status } = sent;
  if (failure !== undefined) return ofFailure(failure, config);
  return status === undefined ? ['nobody answered', TRY_AGAIN] : ofAnswer(status, sent, config);
}

const TRY_AGAIN = 'Try again later. If it still fails, ask the people who run the server.';
const CHECK_HOST = 'Look at ERRSIGHT_HOST: scheme, name and port.';
const TRUST =
  "Give the authority's certificate with the option `ca`, or in a file with NODE_EXTRA_CA_CERTS.";

/** Failures by the codes of Node, of its TLS, and of our tunnel. */
const FAILURES: readonly (readonly [RegExp, what: string, cure: string])[] = [
  [/^ENOTFOUND|^ENODATA/, 'the name of the server is not known (DNS)', CHECK_HOST],
  [
    /^EAI_AGAIN/,
    'the name of the server could not be looked up: no DNS server answers',
    'Look at the network of this machine. In a container look at its DNS settings.',
  ],
  [
    /^ECONNREFUSED/,
    'the connection is refused: nobody listens at that port',
    `Is the server running? ${CHECK_HOST}`,
  ],
  [
    /^(?:ECONNRESET|EPIPE|socket hang up)/,
    'the connection was closed without an answer',
    `A firewall does this. So does a server that expects https: and gets http:. ${CHECK_HOST}`,
  ],
  [
    /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)/,
    'no way leads to that address',
    'Look at the network of this machine, and whether it needs a proxy (HTTPS_PROXY).',
  ],
  [
    /^(?:TIMEOUT|ETIMEDOUT)/,
    'there was no complete answer in time',
    'Firewalls that drop packets do this. Does this machine need a proxy (HTTPS_PROXY)? A slow server needs a longer `timeout`.',
  ],
  [
    /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|HTTP_REQUEST))/,
    'the server does not speak TLS at that port',
    'Set ERRSIGHT_HOST to http: instead of https:, or to the port that speaks TLS.',
  ],
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)/,
    'the certificate of the server is self-signed, and not trusted here',
    TRUST,
  ],
  [
    /^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT)/,
    'the certificate of the server comes from an authority that is not trusted here',
    `${TRUST} Or the server does not send the certificates between.`,
  ],
  [
    /^CERT_HAS_EXPIRED/,
    'the certificate of the server has expired',
    'Renew it. Is the clock of this machine right?',
  ],
  [
    /^CERT_NOT_YET_VALID/,
    'the certificate of the server is not valid yet',
    'Is the clock of this machine right?',
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID/,
    'the certificate of the server is for another name',
    'Set ERRSIGHT_HOST to a name that stands in the certificate.',
  ],
  [
    /^(?:ERR_SSL|CERT_|ERR_TLS|INVALID_|UNABLE_TO_)/,
    'the encrypted connection failed',
    'Look at the certificate of the server, and at a proxy that opens TLS on the way.',
  ],
  [
    /^HPE_/,
    'the program that answers there is no HTTP server',
    'Another program listens at that port, or the server expects https:. Look at ERRSIGHT_HOST.',
  ],
  [
    /proxy answered 407/,
    'the proxy wants a user and a password (407)',
    'Write them into the variable: http://user:password@proxy:3128.',
  ],
  [
    /proxy answered 403/,
    'the proxy does not let requests to this server pass (403)',
    'Ask whoever runs the proxy to allow the server, or name the server in NO_PROXY.',
  ],
  [
    /the proxy/,
    'the proxy does not work',
    'Look at HTTPS_PROXY, HTTP_PROXY and the option `proxy`: address, port, http: or https:.',
  ],
];

/** Failures of the first connection. If there is a proxy, they concern the proxy. */
const OF_THE_WAY = /^(?:E[A-Z]+|socket hang up|TIMEOUT)/;

function ofFailure(failure: string, { proxy, host }: Config): Explained {
  const isPlain = new URL(host).protocol === 'http:';
  if (proxy !== undefined && (isPlain ? OF_THE_WAY : /^E(?:NOTFOUND|AI_AGAIN)/).test(failure)) {
    const cure =
      'Look at HTTPS_PROXY, HTTP_PROXY and the option `proxy`, or except it in NO_PROXY.';
    return [`the proxy could not be reached (${failure})`, cure];
  }
  const found = FAILURES.find(([pattern]) => pattern.test(failure));
  if (found === undefined) return [`the request failed (${failure})`, CHECK_HOST];
  return [`${found[1]} (${failure.slice(0, 200)})`, found[2]];
}

function ofAnswer(status: number, sent: Sent, config: Config): Explained | undefined {
  const said = parsed(sent.body);
  const isJson = said !== undefined;
  if (status >= 200 && status <= 299) {
    if (status === 202 && said?.['queued'] === 1) return undefined;
    const what = isPage(sent) ? 'a web page' : 'something else';
    return [
      `${what} answered with ${status} in place of ErrSight`,
      'ERRSIGHT_HOST leads to another server, to a login page, or to a portal of the network.',
    ];
  }
  if (status >= 300 && status <= 399) {
    const to = sent.headers?.location ?? 'nowhere';
    const target = URL.canParse(to, config.host) ? new URL(to, config.host).origin : to;
    return [
      `the server redirects to ${target} (${status}), which is not followed, since the key would go along`,
      `Set ERRSIGHT_HOST to ${target} if that is your ErrSight.`,
    ];
  }
  const forwarded = config.proxy !== undefined && new URL(config.host).protocol === 'http:';
  if (status === 407) return ofFailure('the proxy answered 407', config);
  if (status === 403 && forwarded && !isJson) return ofFailure('the proxy answered 403', config);
  const text = sent.said ?? '';
  switch (status) {
    case 401:
      return [
        'ErrSight does not know the key, or it was revoked (401).',
        'Copy the write key from the settings of your project, of the same server.',
      ];
    case 403:
      if (/scope/i.test(text)) {
        return [
          'the key may not write: it is a read key (403)',
          'Set ERRSIGHT_API_KEY to the write key of the project, which begins with elp_.',
        ];
      }
      if (/organization/i.test(text)) {
        return [
          'the organization of the key is no longer active (403)',
          'Use a key of another organization.',
        ];
      }
      return [
        'the request is forbidden (403), most likely by a firewall or for this name of the host',
        'Set ERRSIGHT_HOST to the name that the server expects, and look at firewalls on the way.',
      ];
    case 404:
      return [
        'there is no ErrSight at that address (404)',
        'ERRSIGHT_HOST is the address of the server alone, without the path of a page.',
      ];
    case 413:
      return [
        'a gateway on the way takes no request of this size (413)',
        'Raise its limit to 512 KiB.',
      ];
    case 429:
      return ofLimit(said);
    case 502:
    case 503:
    case 504:
      return [`the server behind a gateway does not answer (${status})`, TRY_AGAIN];
    default:
      return status >= 500
        ? [`the server failed (${status})`, TRY_AGAIN]
        : [
            `the request was refused (${status})`,
            'Look at firewalls and gateways between this machine and ErrSight.',
          ];
  }
}

/** Only ErrSight's own words are about the project. */
function ofLimit(said: Record<string, unknown> | undefined): Explained {
  if (said?.['code'] === 'INGESTION_PAUSED') {
    return ['the project is paused (429)', 'Resume it in the settings of the project.'];
  }
  if (said?.['code'] === 'RATE_LIMIT_EXCEEDED') {
    return [
      'the project has used up its events of this minute (429)',
      'Wait a minute, or raise the limit of the project. The application holds its events meanwhile.',
    ];
  }
  return [
    'something between limits how many requests may come (429): a gateway, a firewall or a proxy',
    'Raise its limit for this path, or wait. The application holds its events meanwhile.',
  ];
}

function parsed(body: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body ?? '');
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isPage({ headers, body }: Sent): boolean {
  return /html/.test(headers?.['content-type'] ?? '') || /^\s*<(?:!doctype|html)/i.test(body ?? '');
}
