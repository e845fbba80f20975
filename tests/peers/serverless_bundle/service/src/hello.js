import {title} from 'lib/title';
import {v4} from 'uuid';

export const handler = async (event) => title(event?.name ?? v4());
