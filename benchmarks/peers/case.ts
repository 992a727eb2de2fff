/** One contestant at one measure: `case.js <contestant> <measure> <folder> <url>`. */
import { CONTESTANTS } from './contestants.ts';
import { modulesOf } from './contestant.ts';
import { MEASURES, type MeasureName } from './measures.ts';

const [name, measure, folder, url] = process.argv.slice(2) as [string, MeasureName, string, string];
const contestant = CONTESTANTS.find((each) => each.name === name);
if (contestant === undefined) throw new Error(`there is no contestant ${name}`);

const modules = await modulesOf(folder);
const figures = await MEASURES[measure](() =>
  contestant.open({ ...modules, url, isMixed: measure === 'lines' }),
);
// A contestant that listens for messages of its parent would keep the process alive.
process.send?.(figures, () => process.disconnect());
