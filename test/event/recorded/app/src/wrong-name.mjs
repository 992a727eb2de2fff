import { notExported } from './top-value.mjs';

notExported();
