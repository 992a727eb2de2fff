/** What makes a project: its server and its key. */
export interface Project {
  readonly host: string;
  readonly apiKey: string | undefined;
}

/** The name of a project, by which reports are told apart. */
export function projectOf({ host, apiKey = '' }: Project): string {
  return `${host} ${apiKey}`;
}
