import ms from 'ms';
import {word} from './private';

export const handler = async (event: {time: number}): Promise<string> => word + ms(event.time);
