import { captureException, init, type InitOptions } from 'errsight';
import { recordEvents } from 'errsight/testing';
import 'errsight/register';

const options: InitOptions = { release: '1.2.3' };
init(options);
const id: string | undefined = captureException(new Error('typed'));
export const sent: readonly { readonly message: string }[] = recordEvents();
// @ts-expect-error There is no such option.
init({ relase: id });
