/**
 * More events than a new project may send in a minute. Once so many went through at once, it is known that a
 * server has more room, and repeats wait for none.
 */
export const MORE_THAN_USUAL = 61;
