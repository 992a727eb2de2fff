/**
 * Thrown at the start for an option that cannot work. The message names the option, what was
 * expected, and what came.
 */
export class OptionError extends TypeError {
  readonly code = 'ERR_ERRSIGHT_OPTION';
  /** The option, as it is written in the code or in the environment. */
  readonly option: string;

  /** The message without errsight's name before it. */
  readonly problem: string;

  constructor(option: string, problem: string) {
    super(`errsight: ${problem}`);
    this.name = 'OptionError';
    this.option = option;
    this.problem = problem;
  }
}
