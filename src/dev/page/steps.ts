// The steps that led to an event. Equal queries in a row are one step.
import type { Crumb, EventShape } from '../shapes.ts';
import { text } from './values.ts';
import { duration } from './when.ts';

export interface Step {
  readonly crumb: Crumb;
  readonly index: number;
  /** The message. For a query it is the SQL, if that is known. */
  readonly what: string;
  readonly isQuery: boolean;
  readonly status: string;
  /** How many equal steps in a row this one stands for. */
  times: number;
  time: number;
  took: number;
}

export function stepsOf(crumbs: readonly Crumb[]): Step[] {
  const steps: Step[] = [];
  for (const [index, crumb] of crumbs.entries()) {
    const { data, category = '' } = crumb;
    const isQuery = /^(?:db|query)$/i.test(category);
    const sql = isQuery && typeof data['sql'] === 'string' ? data['sql'] : '';
    const what = sql === '' ? crumb.message : sql;
    const took = Number(data['duration_ms']) || 0;
    const time = Date.parse(crumb.timestamp ?? '');
    const last = steps.at(-1);
    if (last !== undefined && isQuery && last.what === what && last.isQuery) {
      last.times++;
      last.took += took;
      last.time = time;
      continue;
    }
    steps.push({ crumb, index, what, isQuery, status: text(data['status']), times: 1, time, took });
  }
  return steps;
}

/** How long before the event a step was. */
export function leadOf({ time }: Step, { occurred_at }: EventShape): string {
  if (Number.isNaN(time)) return '';
  return `−${duration(Math.max(0, Date.parse(occurred_at) - time))}`;
}

/** The facts about a step: how often it happened, its status, and how long it took. */
export function factsOf({ crumb, status, times, took }: Step): string {
  const facts = [
    /^(?:info|debug)$/.test(crumb.level) ? '' : crumb.level,
    times > 1 ? `×${times}` : '',
    status,
    took > 0 ? duration(took) : '',
  ];
  return facts.filter(Boolean).join(', ');
}
