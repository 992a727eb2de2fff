/** The watches that only `init` starts, turned off: options of a client that is made without it. */
export const NO_WATCHES = {
  requestScopes: false,
  httpBreadcrumbs: false,
  redisBreadcrumbs: false,
  mysqlBreadcrumbs: false,
  pgBreadcrumbs: false,
} as const;
