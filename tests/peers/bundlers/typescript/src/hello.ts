import { v4 } from 'uuid';
import { shared } from './shared';
export const handler = async (event: { name: string }): Promise<string> => `${v4()} ${shared} ${event.name}`;
