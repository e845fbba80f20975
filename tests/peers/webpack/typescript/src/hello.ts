import {named} from './named';

export const handler = async (event: {name: string}): Promise<string> => named(event.name);
