/** Names of a caller's address, letters and digits only; kept with `sendDefaultPii`. */
export const ADDRESS_NAMES: ReadonlySet<string> = new Set([
  'ip',
  'ips',
  'ipaddr',
  'ipaddress',
  'ipaddresses',
  'remoteip',
  'remoteaddr',
  'remoteaddress',
  'forwarded',
  'xforwarded',
  'forwardedfor',
  'fastlyclientip',
  'xenvoyexternaladdress',
  'cfpseudoipv4',
  'cfconnectingipv6',
  'xazuresocketip',
  'peeraddress',
  'xremoteaddr',
  'cloudfrontvieweraddress',
]);

/** How the headers and fields of platforms end: Cloudflare, Akamai, Azure, Fly, Netlify, Vercel, Lambda. */
export const ADDRESS_ENDS: RegExp =
  /(?:forwardedfor|(?:client|real|connecting|connection|remote|source|src|caller|viewer|visitor|peer|user|customer|login|signin|signup|signed|registration|createdby|last|request|req)ip(?:address|addr|v4|v6)?|(?:client|caller|viewer|visitor|peer|remote)addr(?:ess)?)$/;
