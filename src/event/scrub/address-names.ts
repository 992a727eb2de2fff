/** Names of a caller's address, in letters and digits only. Their values stay with `sendDefaultPii`. */
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

/** Ends of names that platforms use: Cloudflare, Akamai, Azure, Fly, Netlify, Vercel, Lambda. */
export const ADDRESS_ENDS: RegExp =
  /(?:forwardedfor|(?:client|real|connecting|connection|remote|source|src|caller|viewer|visitor|peer|user|customer|login|signin|signup|signed|registration|createdby|last|request|req)ip(?:address|addr|v4|v6)?|(?:client|caller|viewer|visitor|peer|remote)addr(?:ess)?)$/;
