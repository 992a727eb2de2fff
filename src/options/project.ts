/** What identifies a project: its server and its key. */
export interface Project {
  readonly host: string;
  readonly apiKey: string | undefined;
}

/** The name of a project, which tells its reports from others. */
export function projectOf({ host, apiKey = '' }: Project): string {
  return `${host} ${apiKey}`;
}
