import { ALONE } from './thrown-alone.ts';
import type { Case } from './thrown-case.ts';
import { CHAINS } from './thrown-chains.ts';
import { MEMBERS } from './thrown-members.ts';

/** Values that are thrown, each with what is to be told of it in all forms that loggers give it. */
export const THROWN: readonly Case[] = [...ALONE, ...CHAINS, ...MEMBERS];
