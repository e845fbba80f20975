import {handler} from '../hello';

export const main = handler;
export class Twice {#n = 2; get n() { return this.#n; }}
export const twice = async () => new Twice().n;
